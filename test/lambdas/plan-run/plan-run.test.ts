import { describe, expect, it } from 'vitest';
import { planRun } from '../../../lambdas/plan-run/plan-run.ts';
import { planSchema } from '../../../lambdas/shared/plan.ts';
import { awsError } from '../../support/aws-error.ts';
import { type CrashPlan, crashing } from '../../support/crashes.ts';
import { prefixes, startOfStory } from '../../support/factories.ts';
import { expectOneSentence, messageOfRejection } from '../../support/one-sentence.ts';
import { memoryWorld, planned, putInputOf, type World } from '../../support/world.ts';

const planOf = (runId: string) => `nova/batch/runs/${runId}/plan.json`;
const GB = 1_000_000_000;

function inputOf(request: unknown, overrides: { runId?: string; startedAt?: string; executionArn?: string } = {}) {
  const { runId = 'nightly-1' } = overrides;
  return { runId, executionArn: `arn:${runId}`, startedAt: '2026-11-02T09:00:00.000Z', request, ...overrides };
}

function dependenciesOf({ table, store, now }: World) {
  const deployedModelIds = ['us.amazon.nova-lite-v1:0', 'us.amazon.nova-2-lite-v1:0'];
  return { table, store, prefixes, deployedModelIds, now };
}

/** A world with this many videos under `proxies/`. */
function worldWith(videos: number): World {
  const world = memoryWorld();
  for (let at = 1; at <= videos; at++) world.store.put(`proxies/${at}.mp4`, { bytes: 1000 });
  return world;
}

const proxies = { media: { prefixes: ['proxies/'] } };
const oneQuestion = { ...proxies, analyses: [{ name: 'shots', prompt: 'List.' }] };

async function plan(world: World, request: unknown) {
  await planRun(inputOf(request), dependenciesOf(world));
  return planSchema.parse(world.store.jsonOf(planOf('nightly-1')));
}

function refusalOf(world: World, request: unknown): Promise<string> {
  return messageOfRejection(planRun(inputOf(request), dependenciesOf(world)), 'RequestRefused');
}

describe('a plan', () => {
  it('is written down with everything that the later steps need', async () => {
    const world = worldWith(2);
    world.store.put('proxies/notes.txt', { bytes: 1 });
    const request = { ...proxies, analyses: ['summary', 'chapters'], name: 'night', timeoutHours: 24 };

    const { jobs, ...written } = await plan(world, request);

    expect(written).toMatchObject({
      runId: 'nightly-1',
      request,
      bucket: 'media-bucket',
      modelId: 'us.amazon.nova-lite-v1:0',
      layout: 'root',
      timeoutHours: 24,
      analyses: [{ name: 'summary' }, { name: 'chapters' }],
      media: 2,
      skipped: { total: 1, byReason: { 'neither a video nor an image by its extension': 1 } },
      plannedAt: new Date(startOfStory).toISOString(),
    });
    expect(jobs).toMatchObject([{ records: 4, paddingRecords: 96, mediaBytes: 2000 }]);
    expect(world.store.linesOf(jobs[0]?.manifestKey ?? '')).toHaveLength(4);
  });

  it('hands on references alone, and puts the job into the table as planned and open', async () => {
    const world = worldWith(1);

    const output = await planRun(inputOf(proxies), dependenciesOf(world));

    const { jobName = '' } = output.jobs[0] ?? {};
    expect(output).toEqual({ runId: 'nightly-1', jobs: [{ runId: 'nightly-1', jobName }] });
    expect(await world.table.getJob({ runId: 'nightly-1', jobName })).toMatchObject({
      status: 'Planned',
      closed: false,
      bucket: 'media-bucket',
      modelId: 'us.amazon.nova-lite-v1:0',
      timeoutHours: 72,
      batchInputS3Key: `batch_input_${jobName}.jsonl`,
      batchOutputS3Prefix: `nova/batch/output/${jobName}/`,
    });
    expect(await world.table.listOpenJobs()).toEqual(output.jobs);
    expect(await world.table.getRun('nightly-1')).toMatchObject({ status: 'Running', jobCount: 1 });
  });

  it('writes nothing that a root job would run', async () => {
    const world = worldWith(3);
    await plan(world, proxies);

    expect(world.store.keys().filter((key) => /\.jsonl$/i.test(key))).toEqual([]);
  });

  it.each([undefined, 'a', 'x'.repeat(40), 'night.ly-'])(
    'gives its job a name that Bedrock takes, from %j',
    async (name) => {
      const { jobs } = await plan(worldWith(1), { ...proxies, name });

      const { jobName = '', jobHash = '' } = jobs[0] ?? {};
      expect(jobName).toMatch(/^[a-zA-Z0-9]{1,63}(-*[a-zA-Z0-9+\-.]){0,63}$/);
      expect(jobName.length).toBeLessThanOrEqual(63);
      expect(jobName).toBe(`${name ?? 'media'}-${jobHash.slice(0, 10)}-1`);
    },
  );

  it('gives each execution a job name of its own, so that the second run is not refused', async () => {
    const names = new Set<string>();
    for (const [runId, startedAt] of [
      ['a', '2026-11-02T09:00:00.000Z'],
      ['b', '2026-11-02T09:00:00.000Z'],
      ['a', '2027-11-02T09:00:00.000Z'],
    ]) {
      const { jobs } = await planRun(inputOf(oneQuestion, { runId, startedAt }), dependenciesOf(worldWith(1)));
      for (const { jobName } of jobs) names.add(jobName);
    }

    expect(names.size).toBe(3);
  });

  it('takes none of our own keys for media, though the whole bucket is asked for', async () => {
    const world = worldWith(1);
    await plan(world, { media: { prefixes: [''] } });
    world.store.put('nova/batch/output/j/copy.mp4', { bytes: 5 });

    await planRun(inputOf({ media: { prefixes: [''] } }, { runId: 'second' }), dependenciesOf(world));

    expect(planSchema.parse(world.store.jsonOf(planOf('second')))).toMatchObject({ media: 1, skipped: { total: 0 } });
  });
});

describe('how the records of a job are written', () => {
  it.each([
    [['proxies/1.mp4'], 'InvokeModel'],
    [['proxies/1.mp4', 'stills/1.png'], 'Converse'],
    [['stills/1.png'], 'Converse'],
  ])('follows from its media, in plan and table: %j with %s', async (keys, modelInvocationType) => {
    const world = worldWith(1);
    world.store.put('stills/1.png', { bytes: 10 });

    const { jobs } = await plan(world, { media: { keys } });

    expect(jobs).toMatchObject([{ modelInvocationType, records: keys.length }]);
    const job = await world.table.getJob({ runId: 'nightly-1', jobName: jobs[0]?.jobName ?? '' });
    expect(job.modelInvocationType).toBe(modelInvocationType);
  });

  it('does not follow from media that nothing is asked about', async () => {
    const world = worldWith(1);
    world.store.put('proxies/1.png', { bytes: 10 });

    expect(await plan(world, { ...proxies, analyses: ['chapters'] })).toMatchObject({
      media: 1,
      jobs: [{ modelInvocationType: 'InvokeModel', records: 1 }],
      skipped: { total: 1, byReason: { 'no analysis of the request is for images': 1 } },
    });
  });
});

describe('padding', () => {
  it.each([
    [1, 99],
    [99, 1],
    [100, 0],
    [101, 0],
  ])('lifts %i records to the minimum with %i more', async (records, paddingRecords) => {
    const { jobs } = await plan(worldWith(records), { ...oneQuestion, belowMinimum: 'pad' });

    expect(jobs).toMatchObject([{ records, paddingRecords }]);
  });

  it.each([
    [99, 'refused'],
    [100, 'planned'],
  ])('is not wanted with belowMinimum "fail": %i records are %s', async (records, end) => {
    const world = worldWith(records);
    const request = { ...oneQuestion, belowMinimum: 'fail' };

    if (end === 'planned') return expect(await plan(world, request)).toMatchObject({ jobs: [{ paddingRecords: 0 }] });
    expectOneSentence(
      await refusalOf(world, request),
      'The request has 99 records and "belowMinimum" is "fail"; a job of Nova Lite needs at least 100: add media',
    );
  });
});

describe('a request that cannot work is refused', () => {
  it.each([
    ['for a bad field', { ...proxies, name: 'my_run' }, '"name" of the request is "my_run"'],
    ['for an unknown field', { ...proxies, dryRun: true }, 'unknown field "dryRun"'],
    ['for its model', { ...proxies, model: 'us.amazon.nova-micro-v1:0' }, 'takes no media from S3'],
    ['for its analyses', { ...proxies, analyses: ['sumary'] }, 'names "sumary"'],
    ['for a prefix without media', { media: { prefixes: ['nothing/'] } }, 'Prefix "nothing/"'],
    [
      'for media that none of its analyses is for',
      { ...proxies, analyses: [{ name: 'a', prompt: 'b', media: ['image'] }] },
      'reaches only media that none of its analyses is for; expected an image (',
    ],
    ['for a key that does not exist', { media: { keys: ['proxies/x.mp4'] } }, 'Key "proxies/x.mp4"'],
    ['for no request at all', undefined, 'The request is missing'],
  ])('%s, with nothing left behind and no job made', async (_, request, words) => {
    const world = worldWith(1);

    expectOneSentence(await refusalOf(world, request), words);

    expect(world.store.keys()).toEqual(['proxies/1.mp4']);
    expect(await world.table.listOpenJobs()).toEqual([]);
    expect(await world.table.getRun('nightly-1')).toMatchObject({ status: 'Planning', jobCount: 0 });
  });

  it('when the bucket is not there', async () => {
    const world = worldWith(1);
    const store = {
      ...world.store,
      // biome-ignore lint/correctness/useYield: the first page already fails
      async *listObjects() {
        throw awsError('NoSuchBucket', 404, 'The specified bucket does not exist');
      },
    };

    const refusal = messageOfRejection(
      planRun(inputOf(proxies), dependenciesOf({ ...world, store })),
      'RequestRefused',
    );

    expectOneSentence(
      await refusal,
      'Bucket media-bucket is not there, expected the bucket that this stack was deployed for',
    );
  });

  it('but not when S3 only fails for a moment', async () => {
    const world = worldWith(1);
    const store = {
      ...world.store,
      // biome-ignore lint/correctness/useYield: the first page already fails
      async *listObjects() {
        throw awsError('SlowDown', 503);
      },
    };

    await expect(planRun(inputOf(proxies), dependenciesOf({ ...world, store }))).rejects.toMatchObject({
      name: 'SlowDown',
    });
  });
});

describe("a stranger's .jsonl", () => {
  it.each(['a.jsonl', 'A.JSONL', 'proxies/deep/a.Jsonl', 'nova/batch/output/x/a.jsonl', 'nova/batch/input/old.jsonl'])(
    'refuses the run wherever it lies, and stays: %s',
    async (key) => {
      const world = worldWith(1);
      world.store.put(key, { text: 'mine' });

      expectOneSentence(
        await refusalOf(world, proxies),
        `Bucket media-bucket has "${key}", which a job over the bucket's root`,
      );
      expect(world.store.linesOf(key)).toEqual(['mine']);
    },
  );

  it('is one by the name of ours alone too', async () => {
    const world = worldWith(1);
    const job = await planned(world, { runId: 'other' });
    world.store.put(job.batchInputS3Key, { text: 'mine' });

    expectOneSentence(await refusalOf(world, proxies), job.batchInputS3Key);
  });

  it('is not the input of another of our jobs, which the lease is there for', async () => {
    const world = worldWith(1);
    putInputOf(world, await planned(world, { runId: 'other' }));

    expect(await plan(world, proxies)).toMatchObject({ media: 1 });
  });
});

describe('the size of the folder', () => {
  it.each([
    [5 * GB, 'us.amazon.nova-2-lite-v1:0', 'planned'],
    [5 * GB + 1, 'us.amazon.nova-2-lite-v1:0', 'refused'],
    [5 * GB + 1, 'us.amazon.nova-lite-v1:0', 'planned'],
    [100 * GB + 1, 'us.amazon.nova-lite-v1:0', 'refused'],
  ])(
    'counts everything in the bucket, which passed 5 GB unnoticed elsewhere: %i bytes with %s are %s',
    async (bytes, model, end) => {
      const world = worldWith(1);
      world.store.put('unrelated/archive.zip', { bytes: bytes - 1000 });

      if (end === 'planned') return expect(await plan(world, { ...proxies, model })).toMatchObject({ media: 1 });
      const limit = model.includes('nova-2') ? '5.0' : '100.0';
      expectOneSentence(
        await refusalOf(world, { ...proxies, model }),
        `Bucket media-bucket holds ${limit} GB and a job of Nova`,
        `may read ${limit} GB`,
        'or use a model with a larger quota',
      );
    },
  );
});

describe('a repeated step', () => {
  it('gives the same jobs although the media have changed meanwhile', async () => {
    const world = worldWith(2);
    const first = await planRun(inputOf(proxies), dependenciesOf(world));
    world.store.put('proxies/new.mp4', { bytes: 1 });
    world.store.put('stranger.jsonl');

    expect(await planRun(inputOf(proxies), dependenciesOf(world))).toEqual(first);
    expect(planSchema.parse(world.store.jsonOf(planOf('nightly-1'))).media).toBe(2);
  });

  it('does not set a job back that went on from the plan', async () => {
    const world = worldWith(1);
    const { jobs } = await planRun(inputOf(proxies), dependenciesOf(world));
    await world.table.updateJob(jobs[0] ?? { runId: '', jobName: '' }, { status: 'Prepared', fence: 1 });

    await planRun(inputOf(proxies), dependenciesOf(world));

    expect(await world.table.listJobs('nightly-1')).toMatchObject([{ status: 'Prepared', fence: 1 }]);
  });

  it.each([false, true])(
    'after a crash at any of its changes comes to the same plan and job (change done: %s)',
    async (isEffective) => {
      const calm = worldWith(3);
      const expected = await planRun(inputOf(proxies), dependenciesOf(calm));
      let crashes = 0;
      for (let at = 0; ; at++) {
        const world = worldWith(3);
        const crash: CrashPlan = { changesLeft: at, isEffective };
        const table = crashing(world.table, ['createRun', 'updateRun', 'createJob'], crash);
        const store = crashing(world.store, ['writeJson', 'writeLines'], crash);
        const error: unknown = await planRun(inputOf(proxies), dependenciesOf({ ...world, table, store })).catch(
          (e) => e,
        );
        if (!(error instanceof Error)) break;
        expect(error.name).toBe('Crash');
        crashes += 1;

        expect(await planRun(inputOf(proxies), dependenciesOf(world))).toEqual(expected);
        expect(await world.table.listJobs('nightly-1')).toEqual(await calm.table.listJobs('nightly-1'));
        expect(world.store.jsonOf(planOf('nightly-1'))).toEqual(calm.store.jsonOf(planOf('nightly-1')));
        expect(await world.table.getRun('nightly-1')).toEqual(await calm.table.getRun('nightly-1'));
        expect(world.store.keys()).toEqual(calm.store.keys());
      }
      expect(crashes).toBeGreaterThanOrEqual(5);
    },
  );
});

describe('a run name that was used before', () => {
  it('is refused in a later execution, with when the first one started', async () => {
    const world = worldWith(1);
    await planRun(inputOf(proxies), dependenciesOf(world));
    const before = [await world.table.getRun('nightly-1'), world.store.jsonOf(planOf('nightly-1'))];
    const again = inputOf(proxies, { startedAt: '2027-02-11T09:00:00.000Z' });

    const refusal = await messageOfRejection(planRun(again, dependenciesOf(world)), 'RequestRefused');

    expectOneSentence(refusal, 'Run nightly-1 exists already, started 2026-11-02T09:00:00.000Z; expected a new name');
    expect([await world.table.getRun('nightly-1'), world.store.jsonOf(planOf('nightly-1'))]).toEqual(before);
  });

  it.each(['Refused', 'Succeeded', 'Failed'] as const)('is refused for a run that is over as %s', async (status) => {
    const world = worldWith(1);
    await planRun(inputOf(proxies), dependenciesOf(world));
    await world.table.updateRun('nightly-1', { status });

    expectOneSentence(await refusalOf(world, proxies), 'Run nightly-1 exists already');
  });
});
