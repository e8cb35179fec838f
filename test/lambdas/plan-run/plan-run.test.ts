import { describe, expect, it } from 'vitest';
import { planRun } from '../../../lambdas/plan-run/plan-run.ts';
import { mediaRecord, recordIdOf } from '../../../lambdas/shared/domain/record/record.ts';
import { awsError } from '../../support/aws-error.ts';
import { startOfStory } from '../../support/factories.ts';
import { expectOneSentence, messageOfRejection } from '../../support/one-sentence.ts';
import { planned, putInputOf } from '../../support/world.ts';
import {
  dependenciesOf,
  executionOf,
  jobAt,
  jobsOf,
  liteId,
  nightly,
  oneQuestion,
  planOf,
  proxies,
  recordsIn,
  refusalOf,
  runPlan,
  worldWith,
  writtenPlan,
} from './planning.ts';

const GB = 1_000_000_000;
const smallJobs = (maxRecordsPerJob: number) => ({
  modelQuotas: { [liteId]: { minRecordsPerJob: 2, maxRecordsPerJob } },
});

describe('a plan', () => {
  it('is written down with everything that the later steps need', async () => {
    const world = worldWith(2);
    world.store.put('proxies/notes.txt', { bytes: 1 });
    const request = { ...proxies, analyses: ['summary', 'chapters'], name: 'night', timeoutHours: 24, retries: 3 };

    const { firstAttempt, ...written } = await planOf(world, request);

    expect(written).toMatchObject({
      runId: nightly,
      startedAt: '2026-11-02T09:00:00.000Z',
      request,
      bucket: 'media-bucket',
      modelId: liteId,
      timeoutHours: 24,
      retries: 3,
      analyses: [{ name: 'summary' }, { name: 'chapters' }],
      media: 2,
      skipped: { total: 1, byReason: { 'neither a video nor an image by its extension': 1 } },
      plannedAt: new Date(startOfStory).toISOString(),
    });
    expect(firstAttempt).toMatchObject({
      attempt: 1,
      layout: 'root',
      layoutReason: 'root is the default',
      records: 4,
      jobs: [{ records: 4, paddingRecords: 96, mediaBytes: 2000 }],
      jobsAtOnce: 1,
      staging: { objects: 0, bytes: 0, usd: 0 },
      longestHours: 36,
    });
    expect(await recordsIn(world, await jobAt(world, 0))).toMatchObject([
      { key: 'proxies/0001.mp4', analysis: 'summary', bytes: 1000 },
      { key: 'proxies/0001.mp4', analysis: 'chapters' },
      { key: 'proxies/0002.mp4', analysis: 'summary' },
      { key: 'proxies/0002.mp4', analysis: 'chapters' },
    ]);
  });

  it('sends what failed a second time, unless the request says how often', async () => {
    expect((await planOf(worldWith(1), proxies)).retries).toBe(1);
    expect((await planOf(worldWith(1), { ...proxies, retries: 0 })).retries).toBe(0);
  });

  it('hands on references alone, and puts the job into the table as planned and open', async () => {
    const world = worldWith(1);

    const output = await runPlan(world, proxies);

    const { jobName = '' } = output.jobs[0] ?? {};
    const dispatch = { attempt: 1, count: 1 };
    expect(output).toEqual({ runId: nightly, jobs: [{ runId: nightly, jobName }], jobsAtOnce: 1, dispatch });
    expect(await world.table.getJob({ runId: nightly, jobName })).toMatchObject({
      status: 'Planned',
      phase: 'open',
      attempt: 1,
      number: 1,
      bucket: 'media-bucket',
      modelId: liteId,
      layout: 'root',
      inputBucket: 'media-bucket',
      inputFolder: '',
      copiesPrefix: `nova/batch/staging/${jobName}/`,
      timeoutHours: 72,
      records: 1,
      recordsOffset: 0,
      batchInputS3Key: `batch_input_${jobName}.jsonl`,
      batchOutputS3Prefix: `nova/batch/output/${jobName}/`,
    });
    expect(await world.table.listOpenJobs()).toEqual(output.jobs);
  });

  it('shows in the run what it came to, for people who watch', async () => {
    const world = worldWith(3);

    await runPlan(world, { ...oneQuestion, layout: 'staged' });

    expect(await world.table.getRun(nightly)).toMatchObject({
      status: 'Running',
      jobCount: 1,
      planned: {
        attempt: 1,
        records: 3,
        jobs: 1,
        layout: 'staged',
        layoutReason: 'the request says staged',
        stagedBytes: 3000,
        stagedUsd: expect.closeTo(3 * 0.000005, 6),
        longestHours: 84,
      },
    });
  });

  it('writes nothing that a root job would run', async () => {
    const world = worldWith(3);
    world.store.put('proxies/notes.txt', { bytes: 1 });
    await runPlan(world, proxies);

    expect(world.store.keys().filter((key) => /\.jsonl$/i.test(key))).toEqual([]);
  });

  it('lists in full what it leaves out, under the name that the run has for it', async () => {
    const world = worldWith(1);
    world.store.put('proxies/a.png', { bytes: 5 });
    world.store.put('proxies/notes.txt', { bytes: 1 });

    const { skipped } = await planOf(world, { ...proxies, analyses: ['summary', 'chapters'] });

    const noMedia = 'neither a video nor an image by its extension';
    const notForImages = 'the analysis is not for images';
    expect(skipped).toEqual({ total: 2, byReason: { [noMedia]: 1, [notForImages]: 1 } });
    expect(world.store.jsonLinesOf(`nova/batch/runs/${nightly}/ledger/skipped.ndjson`)).toEqual([
      { key: 'proxies/a.png', analysis: 'chapters', outcome: 'skipped', reason: notForImages },
      { key: 'proxies/notes.txt', outcome: 'skipped', reason: noMedia },
    ]);
  });

  it.each([undefined, 'a', 'x'.repeat(40), 'night.ly-'])(
    'gives its jobs names that Bedrock takes, from %j',
    async (name) => {
      const { firstAttempt } = await planOf(worldWith(5), { ...oneQuestion, name }, smallJobs(2));

      const jobs = firstAttempt?.jobs ?? [];
      expect(jobs).toHaveLength(3);
      for (const [at, { jobName }] of jobs.entries()) {
        expect(jobName).toMatch(/^[a-zA-Z0-9]{1,63}(-*[a-zA-Z0-9+\-.]){0,63}$/);
        expect(jobName.length).toBeLessThanOrEqual(63);
        expect(jobName).toBe(`${name ?? 'media'}-${jobs[0]?.jobHash.slice(0, 10)}-${at + 1}`);
      }
    },
  );

  it('gives each execution a job name of its own, so that the second run is not refused', async () => {
    const names = new Set<string>();
    for (const [executionName = '', startedAt = ''] of [
      ['a', '2026-11-02T09:00:00.000Z'],
      ['b', '2026-11-02T09:00:00.000Z'],
      ['a', '2027-11-02T09:00:00.000Z'],
    ]) {
      const execution = executionOf(oneQuestion, { executionName, startedAt });
      const { jobs } = await planRun(execution, dependenciesOf(worldWith(1)));
      for (const { jobName } of jobs) names.add(jobName);
    }

    expect(names.size).toBe(3);
  });

  it('takes none of our own keys for media, though the whole bucket is asked for', async () => {
    const world = worldWith(1);
    world.store.put('nova/batch/output/j/copy.mp4', { bytes: 5 });
    world.store.put('nova/batch/staging/j/copy.mp4', { bytes: 5 });

    expect(await planOf(world, { media: { prefixes: [''] } })).toMatchObject({ media: 1, skipped: { total: 0 } });
  });
});

describe('several jobs', () => {
  it('are pieces of one list, each with its own lines, hash and padding', async () => {
    const world = worldWith(7);

    const { firstAttempt } = await planOf(world, oneQuestion, smallJobs(3));

    expect(firstAttempt?.jobs.map(({ records }) => records)).toEqual([3, 2, 2]);
    expect(new Set(firstAttempt?.jobs.map(({ jobHash }) => jobHash)).size).toBe(3);
    expect((await jobsOf(world)).map(({ attempt, number }) => [attempt, number])).toEqual([
      [1, 1],
      [1, 2],
      [1, 3],
    ]);
    const keys: string[] = [];
    for (const job of await jobsOf(world)) for (const { key } of await recordsIn(world, job)) keys.push(key);
    expect(keys).toEqual([1, 2, 3, 4, 5, 6, 7].map((at) => `proxies/000${at}.mp4`));
  });

  it('go one at a time at the root, and the longest time says so', async () => {
    const world = worldWith(6);

    expect((await runPlan(world, oneQuestion, smallJobs(2))).jobsAtOnce).toBe(1);
    expect(writtenPlan(world).firstAttempt).toMatchObject({ jobsAtOnce: 1, longestHours: 3 * 84 });
  });

  it.each([
    [6, {}, 3, 84],
    [6, { maxOpenJobs: 2 }, 2, 2 * 84],
    [60, {}, 20, 2 * 84],
  ])(
    'go in parallel where they are staged: %i records with %j are %i at once',
    async (videos, quotas, atOnce, hours) => {
      const world = worldWith(videos);
      const modelQuotas = { [liteId]: { minRecordsPerJob: 2, maxRecordsPerJob: 2, ...quotas } };

      expect((await runPlan(world, { ...oneQuestion, layout: 'staged' }, { modelQuotas })).jobsAtOnce).toBe(atOnce);
      expect(writtenPlan(world).firstAttempt).toMatchObject({ jobsAtOnce: atOnce, longestHours: hours });
    },
  );
});

describe('how the records of a job are written', () => {
  it.each([
    [['proxies/0001.mp4'], 'InvokeModel'],
    [['proxies/0001.mp4', 'stills/1.png'], 'Converse'],
    [['stills/1.png'], 'Converse'],
  ])('follows from its media, in plan and table: %j with %s', async (keys, modelInvocationType) => {
    const world = worldWith(1);
    world.store.put('stills/1.png', { bytes: 10 });

    const { firstAttempt } = await planOf(world, { media: { keys } });

    expect(firstAttempt?.jobs).toMatchObject([{ modelInvocationType, records: keys.length }]);
    expect(await jobAt(world, 0)).toMatchObject({ modelInvocationType });
  });

  it('does not follow from media that nothing is asked about', async () => {
    const world = worldWith(1);
    world.store.put('proxies/1.png', { bytes: 10 });

    expect(await planOf(world, { ...proxies, analyses: ['chapters'] })).toMatchObject({
      media: 1,
      firstAttempt: { jobs: [{ modelInvocationType: 'InvokeModel', records: 1 }] },
      skipped: { total: 1, byReason: { 'no analysis of the request is for images': 1 } },
    });
  });
});

describe('media whose keys Bedrock refuses', () => {
  it.each(['a b.mp4', 'a,b.mp4', 'a=b.mp4', 'a+b.mp4', 'a%20b.mp4', 'é.mp4', `${'x'.repeat(1005)}.mp4`])(
    'are read from a copy also at the root, as 35 of 300 videos were refused elsewhere: %s',
    async (name) => {
      const world = worldWith(1);
      world.store.put(`p/${name}`, { bytes: 500 });

      const { firstAttempt } = await planOf(world, { ...oneQuestion, media: { prefixes: ['proxies/', 'p/'] } });

      expect((await recordsIn(world, await jobAt(world, 0))).map(({ key, copy }) => [key, copy])).toEqual([
        ['proxies/0001.mp4', undefined],
        [`p/${name}`, true],
      ]);
      expect(firstAttempt).toMatchObject({ layout: 'root', staging: { objects: 1, bytes: 500 } });
    },
  );
});

describe('padding', () => {
  it.each([
    [1, 99],
    [99, 1],
    [100, 0],
    [101, 0],
  ])('lifts %i records to the minimum with %i more', async (records, paddingRecords) => {
    const { firstAttempt } = await planOf(worldWith(records), { ...oneQuestion, belowMinimum: 'pad' });

    expect(firstAttempt?.jobs).toMatchObject([{ records, paddingRecords }]);
  });

  it.each([
    [99, 'refused'],
    [100, 'planned'],
  ])('is not wanted with belowMinimum "fail": %i records are %s', async (records, end) => {
    const world = worldWith(records);
    const request = { ...oneQuestion, belowMinimum: 'fail' };

    if (end === 'planned') {
      return expect(await planOf(world, request)).toMatchObject({ firstAttempt: { jobs: [{ paddingRecords: 0 }] } });
    }
    expectOneSentence(
      await refusalOf(world, request),
      'The request has 99 records and "belowMinimum" is "fail"; a job of Nova Lite needs at least 100: add media',
    );
  });

  it('is refused with belowMinimum "fail" for a tail that nothing can balance', async () => {
    const quotas = { modelQuotas: { [liteId]: { minRecordsPerJob: 4, maxRecordsPerJob: 6 } } };

    expectOneSentence(
      await refusalOf(worldWith(7), { ...oneQuestion, belowMinimum: 'fail' }, quotas),
      'Of the 2 jobs of the request, one has 1 records and "belowMinimum" is "fail"',
    );
  });
});

describe('a record in the list', () => {
  it('counts at least as many bytes as any line that Prepare job can write for it', async () => {
    const prompt = `List "é" of {{key}} in {{folder}}.${'x'.repeat(500)}`;
    for (const [key, layout] of [
      ['proxies/a.mp4', 'root'],
      ['proxies/a b.mp4', 'root'],
      [`proxies/${'deep/'.repeat(150)}a.mp4`, 'root'],
      ['proxies/a.mp4', 'staged'],
    ] as const) {
      const world = worldWith(0);
      world.store.put(key, { bytes: 1 });
      const request = { media: { keys: [key] }, analyses: [{ name: 'a', prompt }], layout };
      const { analyses } = await planOf(world, request);
      const [job, [record], [analysis]] = [
        await jobAt(world, 0),
        await recordsIn(world, await jobAt(world, 0)),
        analyses,
      ];
      if (record === undefined || analysis === undefined) throw new TypeError('Nothing was planned.');
      const isCopied = layout === 'staged' || record.copy;
      const uri = `s3://${job.inputBucket}/${isCopied ? `${job.copiesPrefix}${'0'.repeat(32)}.mp4` : key}`;
      const line = JSON.stringify(
        mediaRecord(recordIdOf(job.jobHash, 1), uri, record, analysis, job.modelInvocationType),
      );
      const bytes = Buffer.byteLength(line) + 1;
      const quotas = (maxFileBytes: number) => ({ modelQuotas: { [liteId]: { minRecordsPerJob: 1, maxFileBytes } } });

      const again = () => {
        const fresh = worldWith(0);
        fresh.store.put(key, { bytes: 1 });
        return fresh;
      };
      expectOneSentence(await refusalOf(again(), request, quotas(bytes - 1)), 'fits no job of Nova Lite');
      expect(await planOf(again(), request, quotas(bytes + 300))).toMatchObject({ firstAttempt: { records: 1 } });
    }
  });

  it('that no job can take refuses the request and names its media', async () => {
    const world = worldWith(2);
    world.store.put('proxies/long.mp4', { bytes: 4000 });
    const modelQuotas = { [liteId]: { maxJobBytes: 20_000, maxFileBytes: 18_000, minRecordsPerJob: 1 } };

    expectOneSentence(
      await refusalOf(
        world,
        { ...oneQuestion, analyses: [{ name: 'a', prompt: 'x'.repeat(17_000) }], layout: 'staged' },
        { modelQuotas },
      ),
      'Media "proxies/long.mp4" with analysis "a" fits no job of Nova Lite',
      'expected a record of at most 18000 bytes and a job of at most 20000 bytes with the media that are copied for it',
    );
    expect(world.store.keys()).toHaveLength(3);
  });
});

describe('a request that cannot work is refused', () => {
  it.each([
    ['for a bad field', { ...proxies, name: 'my_run' }, '"name" of the request is "my_run"'],
    ['for an unknown field', { ...proxies, dryrun: true }, 'unknown field "dryrun"'],
    ['for its model', { ...proxies, model: 'us.amazon.nova-micro-v1:0' }, 'takes no media from S3'],
    ['for its analyses', { ...proxies, analyses: ['sumary'] }, 'names "sumary"'],
    ['for a prefix without media', { media: { prefixes: ['nothing/'] } }, 'Prefix "nothing/"'],
    [
      'for media that none of its analyses is for',
      { ...proxies, analyses: [{ name: 'a', prompt: 'b', media: ['image'] }] },
      'reaches only media that none of its analyses is for; expected an image (',
    ],
    ['for a key that does not exist', { media: { keys: ['proxies/x.mp4'] } }, 'Key "proxies/x.mp4"'],
    ['for too few records', { ...proxies, belowMinimum: 'fail' }, '"belowMinimum" is "fail"'],
    ['for no request at all', null, 'The request is null'],
  ])('%s, with nothing left behind and no job made', async (_, request, words) => {
    const world = worldWith(1);

    expectOneSentence(await refusalOf(world, request), words);

    expect(world.store.keys()).toEqual(['proxies/0001.mp4']);
    expect(await world.table.listOpenJobs()).toEqual([]);
    expect(await world.table.getRun(nightly)).toMatchObject({ status: 'Planning', jobCount: 0 });
  });

  it('and leaves no upload open', async () => {
    const world = worldWith(1);
    world.store.put('proxies/notes.txt', { bytes: 1 });
    world.store.put('proxies/z.avi', { bytes: 1 });
    let open = 0;
    const store = {
      ...world.store,
      async writeLines(...args: Parameters<typeof world.store.writeLines>) {
        open += 1;
        await world.store.writeLines(...args).finally(() => {
          open -= 1;
        });
      },
    };

    expectOneSentence(await refusalOf(world, oneQuestion, { store }), 'Video "proxies/z.avi" has a format');

    expect(open).toBe(0);
  });

  it.each(['root', 'staged'])('when the bucket is not there, with layout %s', async (layout) => {
    const world = worldWith(1);
    const store = {
      ...world.store,
      // biome-ignore lint/correctness/useYield: the first page already fails
      async *listObjects() {
        throw awsError('NoSuchBucket', 404, 'The specified bucket does not exist');
      },
      async readJson() {
        throw awsError('NoSuchBucket', 404, 'The specified bucket does not exist');
      },
    };

    expectOneSentence(
      await refusalOf(world, { ...proxies, layout }, { store }),
      'Bucket media-bucket, for which this stack was deployed, does not exist',
    );
  });

  it.each([
    ['PermanentRedirect', 301, 'must be addressed using the specified endpoint.', 'is in another Region', 'AWS_REGION'],
    ['301', 301, '', 'is in another Region', 'AWS_REGION'],
    ['AccessDenied', 403, 'User x is not authorized to perform: s3:ListBucket', 'denies this stack', 'bucketName=…'],
    ['Forbidden', 403, '', 'denies this stack', 'bucketName=…'],
    [
      'AccessDenied',
      403,
      'User x is not authorized to perform: kms:Decrypt',
      'The KMS key of bucket',
      'bucketKeyArn=…',
    ],
    ['KMS.DisabledException', 400, 'The key is disabled.', 'The KMS key of bucket', 'bucketKeyArn=…'],
  ])('when the bucket answers %s (%i, "%s")', async (name, status, said, ...parts) => {
    const world = worldWith(1);
    const readJson = async () => {
      throw awsError(name, status, said);
    };

    const message = await refusalOf(world, proxies, { store: { ...world.store, readJson } });

    expectOneSentence(message, 'media-bucket', ...parts, said.replace(/\.$/, ''));
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

    await expect(runPlan(world, proxies, { store })).rejects.toMatchObject({ name: 'SlowDown' });
  });
});

describe('a foreign .jsonl', () => {
  it.each(['a.jsonl', 'A.JSONL', 'proxies/deep/a.Jsonl', 'nova/batch/output/x/a.jsonl', 'nova/batch/input/old.jsonl'])(
    'refuses a root run wherever it lies, and stays: %s',
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

  it('is said before anything else about the media', async () => {
    const world = worldWith(1);
    world.store.put('a.jsonl');

    expectOneSentence(
      await refusalOf(world, { media: { prefixes: ['nothing/'] } }),
      'Bucket media-bucket has "a.jsonl"',
    );
  });

  it('is one by the name of ours alone too', async () => {
    const world = worldWith(1);
    const job = await planned(world, { runId: 'other' });
    world.store.put(job.batchInputS3Key, { text: 'mine' });

    expectOneSentence(await refusalOf(world, proxies), job.batchInputS3Key);
  });

  it('is not the input of another of our jobs, which the lock is there for', async () => {
    const world = worldWith(1);
    putInputOf(world, await planned(world, { runId: 'other' }));

    expect(await planOf(world, proxies)).toMatchObject({ media: 1 });
  });

  it.each([
    ['auto', 'auto: "x.jsonl" is in the bucket, and a job at its root would run it'],
    ['staged', 'the request says staged'],
  ])('does not matter to a staged run: %s', async (layout, layoutReason) => {
    const world = worldWith(2);
    world.store.put('x.jsonl');

    expect((await planOf(world, { ...oneQuestion, layout })).firstAttempt).toMatchObject({
      layout: 'staged',
      layoutReason,
      staging: { objects: 2, bytes: 2000 },
    });
    const { jobName, ...job } = await jobAt(world, 0);
    expect(job).toMatchObject({
      layout: 'staged',
      bucket: 'media-bucket',
      inputBucket: 'staging-bucket',
      inputFolder: `${jobName}/`,
      copiesPrefix: `${jobName}/media/`,
      batchInputS3Key: `${jobName}/batch_input_${jobName}.jsonl`,
      batchOutputS3Prefix: `nova/batch/output/${jobName}/`,
    });
  });
});

describe('the size of the folder', () => {
  it.each([
    [5 * GB - 100_000, 'us.amazon.nova-2-lite-v1:0', 'planned'],
    [5 * GB - 1, 'us.amazon.nova-2-lite-v1:0', 'refused'],
    [5 * GB + 1, 'us.amazon.nova-2-lite-v1:0', 'refused'],
    [5 * GB + 1, liteId, 'planned'],
    [100 * GB + 1, liteId, 'refused'],
  ])(
    'counts everything in the bucket and what the run adds, which passed 5 GB unnoticed elsewhere: %i bytes with %s are %s',
    async (bytes, model, end) => {
      const withArchive = () => {
        const world = worldWith(1);
        world.store.put('unrelated/archive.zip', { bytes: bytes - 1000 });
        return world;
      };
      const world = withArchive();

      if (end === 'planned') {
        expect(await planOf(world, { ...oneQuestion, model })).toMatchObject({ firstAttempt: { layout: 'root' } });
        return;
      }
      const limit = model === liteId ? '100.0' : '5.0';
      expectOneSentence(
        await refusalOf(world, { ...oneQuestion, model }),
        `Bucket media-bucket holds ${limit} GB and a job of Nova`,
        `may read ${limit} GB`,
        'or use a model with a larger quota',
      );
      expect(world.store.keys()).toHaveLength(2);
      expect(await planOf(withArchive(), { ...oneQuestion, model, layout: 'auto' })).toMatchObject({
        firstAttempt: {
          layout: 'staged',
          layoutReason: expect.stringMatching(/^auto: the bucket holds/),
          staging: { bytes: 1000 },
        },
      });
    },
  );

  it('is not looked at for a staged run', async () => {
    const world = worldWith(1);
    world.store.put('unrelated/archive.zip', { bytes: 500 * GB });

    expect(await planOf(world, { ...oneQuestion, layout: 'staged' })).toMatchObject({
      firstAttempt: { layout: 'staged' },
    });
  });
});

describe('a run name that was used before', () => {
  it('is refused in a later execution, with when the first one started', async () => {
    const world = worldWith(1);
    await runPlan(world, proxies);
    const before = [await world.table.getRun(nightly), writtenPlan(world)];
    const again = executionOf(proxies, { startedAt: '2027-02-11T09:00:00.000Z' });

    const refusal = await messageOfRejection(planRun(again, dependenciesOf(world)), 'RequestRefused');

    expectOneSentence(refusal, 'Run nightly-1 exists already, started 2026-11-02T09:00:00.000Z; expected a new name');
    expect([await world.table.getRun(nightly), writtenPlan(world)]).toEqual(before);
  });

  it.each(['Refused', 'Succeeded', 'Failed'] as const)('is refused for a run that is over as %s', async (status) => {
    const world = worldWith(1);
    await runPlan(world, proxies);
    await world.table.finishRun(nightly, { status });
    const again = executionOf(proxies, { executionArn: 'arn:another-machine' });

    expectOneSentence(
      await messageOfRejection(planRun(again, dependenciesOf(world)), 'RequestRefused'),
      'Run nightly-1 exists already',
    );
  });

  it('is refused where only its plan is left in the bucket', async () => {
    const old = worldWith(1);
    await runPlan(old, proxies);
    const world = { ...worldWith(1), store: old.store };
    const again = executionOf(proxies, { startedAt: '2027-02-11T09:00:00.000Z' });

    expectOneSentence(
      await messageOfRejection(planRun(again, dependenciesOf(world)), 'RequestRefused'),
      'Run nightly-1 has a plan of 2026-11-02T09:00:00.000Z in the bucket, expected a new name',
    );
  });
});
