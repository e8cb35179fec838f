import { describe, expect, it } from 'vitest';
import { cleanUp } from '../../../lambdas/clean-up/clean-up.ts';
import type { BedrockStatus } from '../../../lambdas/shared/domain/job/bedrock-status.ts';
import type { Job, Layout } from '../../../lambdas/shared/domain/job/job.ts';
import { inputMetadata, metadataOf } from '../../../lambdas/shared/domain/job/scan-folder.ts';
import { awsError } from '../../support/aws-error.ts';
import { aCreateRequest, childArnOf } from '../../support/factories.ts';
import { holding, memoryWorld, planned, putInputOf, type World } from '../../support/world.ts';

const dayMs = 24 * 60 * 60 * 1000;
const nothing = { inputs: 0, unknownInputs: 0, copies: 0, outputs: 0, runs: 0, oldInputs: 0, uploads: 0, versions: 0 };
const unlisted = { kept: 0, failures: 0 };

interface Given {
  dryRun?: boolean;
  isTimeUp?: () => boolean;
  retentionDays?: number;
}

function clean(world: World, { dryRun, isTimeUp = () => false, retentionDays = 30 }: Given = {}) {
  return cleanUp({ dryRun }, { ...world, retentionDays, isTimeUp });
}

/** Puts an object there that is this many days old. */
function putOld(world: World, key: string, days = 31): void {
  world.store.put(key, { text: '{}', lastModified: new Date(world.now() - days * dayMs) });
}

/** A job of an ended run with its input at the root and the lock, whose execution ended this many minutes ago. */
async function leftBehind(world: World, minutesAgo: number, status?: BedrockStatus, runId = 'dead'): Promise<Job> {
  const job = await holding(world, await planned(world, { runId }));
  putInputOf(world, job);
  world.executions.end(childArnOf(runId), world.now() - minutesAgo * 60_000);
  await world.table.updateRun(runId, { status: 'Failed' });
  if (status !== undefined) {
    const createRequest = aCreateRequest(job);
    await world.table.updateJob(job, { createRequest, batchJobArn: world.bedrock.add(createRequest, { status }) });
  }
  return world.table.getJob(job);
}

describe('what cannot be judged', () => {
  it('stays and is named, and keeps nothing else from going', async () => {
    const world = memoryWorld();
    putOld(world, 'batch_input_anothers.jsonl');
    putOld(world, 'nova/batch/staging/anothers/a.mp4');
    putOld(world, 'nova/batch/output/old/1.json.out');
    const store = {
      ...world.store,
      headObject: (key: string) =>
        key.includes('anothers')
          ? Promise.reject(awsError('AccessDenied', 403, 'Access Denied'))
          : world.store.headObject(key),
    };

    const { kept, removed, checkpoint } = await cleanUp(
      {},
      { ...world, store, retentionDays: 30, isTimeUp: () => false },
    );

    expect(kept.map(({ key }) => key)).toEqual(['batch_input_anothers.jsonl', 'nova/batch/staging/anothers/a.mp4']);
    for (const { reason } of kept) expect(reason).toBe('it cannot be judged: Access Denied');
    expect(removed).toEqual({ ...nothing, outputs: 1 });
    expect(checkpoint).toBeUndefined();
  });
});

describe('inputs at the root', () => {
  it.each([undefined, 'Completed', 'Failed', 'Expired', 'Stopped', 'PartiallyCompleted'] as const)(
    'of a job that is proven over (Bedrock: %s) go, and with them its place',
    async (status) => {
      const world = memoryWorld();
      const job = await leftBehind(world, 16, status);

      expect(await clean(world)).toEqual({
        dryRun: false,
        startedAt: new Date(world.now()).toISOString(),
        removed: { ...nothing, inputs: 1 },
        kept: [],
        failures: [],
        unlisted,
        checkpoint: undefined,
      });

      expect(world.store.has(job.batchInputS3Key)).toBe(false);
      expect((await world.table.getLock('media-bucket'))?.owner).toBeUndefined();
      expect(await world.table.getJob(job)).toMatchObject({ phase: 'closed' });
    },
  );

  it.each([
    ['its execution ended a moment ago', 15, undefined],
    ['Bedrock still runs it', 600, 'InProgress'],
    ['it is still stopping', 600, 'Stopping'],
    ['it waits in the queue', 600, 'Scheduled'],
  ] as const)('of a job stay and are named while %s', async (_, minutes, status) => {
    const world = memoryWorld();
    const job = await leftBehind(world, minutes, status);
    world.passMinutes(0);

    const { removed, kept } = await clean(world);

    expect(removed).toEqual(nothing);
    expect(kept).toEqual([
      { key: job.batchInputS3Key, reason: `job ${job.jobName} is not proven over, or its run may go on` },
    ]);
    expect(world.store.has(job.batchInputS3Key)).toBe(true);
    expect(await world.table.getLock('media-bucket')).toMatchObject({ owner: { runId: 'dead' } });
    expect(await world.table.getJob(job)).toMatchObject({ phase: 'open' });
  });

  it('of a running execution stay however old they are', async () => {
    const world = memoryWorld();
    const job = await holding(world, await planned(world));
    putInputOf(world, job);
    world.passMinutes(365 * 24 * 60);

    expect((await clean(world)).kept).toMatchObject([{ key: job.batchInputS3Key }]);
  });

  it.each([
    ['goes on', undefined, 0],
    ['ended 1 ms less than 3 days ago', 3 * dayMs - 1, 0],
    ['ended 3 days ago', 3 * dayMs, 1],
  ])(
    'of a run that is not over are left to recovery until its last execution, which %s, is long gone',
    async (_, endedMsAgo, inputs) => {
      const world = memoryWorld();
      const job = await leftBehind(world, 60, 'Completed');
      await world.table.updateRun('dead', { status: 'Running', executionArns: ['arn:first', 'arn:resumed'] });
      world.executions.end('arn:first', world.now() - 30 * dayMs);
      world.executions.start('arn:resumed');
      if (endedMsAgo !== undefined) world.executions.end('arn:resumed', world.now() - endedMsAgo);

      const { removed } = await clean(world);

      expect(removed).toEqual({ ...nothing, inputs });
      expect(await world.table.getJob(job)).toMatchObject({ phase: inputs === 1 ? 'closed' : 'open' });
    },
  );

  it('of a run that is not over stay where nobody knows its last execution, but not those of a closed job', async () => {
    const world = memoryWorld();
    const job = await leftBehind(world, 60, 'Completed');
    await world.table.updateRun('dead', { status: 'Running' });

    expect((await clean(world)).removed).toEqual(nothing);
    await world.table.closeJob(job);
    expect((await clean(world)).removed).toEqual({ ...nothing, inputs: 1 });
  });

  it('that are gone since the listing are not named', async () => {
    const world = memoryWorld();
    world.store.put('batch_input_gone.jsonl');

    const { kept } = await clean({ ...world, store: { ...world.store, headObject: async () => undefined } });

    expect(kept).toEqual([]);
  });

  it('that are ours by their name alone stay and are named', async () => {
    const world = memoryWorld();
    putOld(world, 'batch_input_old-tool-1.jsonl', 13);
    world.store.put('batch_input_copied.jsonl', {
      metadata: { [inputMetadata.run]: 'run-1', [inputMetadata.job]: 'copied' },
    });

    const { removed, kept } = await clean(world);

    expect(removed).toEqual(nothing);
    expect(kept).toEqual(
      ['batch_input_copied.jsonl', 'batch_input_old-tool-1.jsonl'].map((key) => ({
        key,
        reason: 'no job of the table has it as its input, and a job that nobody knows may be younger than 14 days',
      })),
    );
  });

  it.each([
    ['at 14 days stay', 14, 0],
    ['go when they are older than any job can live', 14.001, 1],
  ])('that no job of the table has %s', async (_, days, unknownInputs) => {
    const world = memoryWorld();
    putOld(world, 'batch_input_old-tool-1.jsonl', days);

    const { removed, kept } = await clean(world);

    expect(removed).toEqual({ ...nothing, unknownInputs });
    expect(kept).toHaveLength(1 - unknownInputs);
    expect(world.store.has('batch_input_old-tool-1.jsonl')).toBe(unknownInputs === 0);
  });

  it('that no job of the table has stay, however old, while a job of ours owns the lock', async () => {
    const world = memoryWorld();
    const job = await holding(world, await planned(world));
    putOld(world, 'batch_input_old-tool-1.jsonl', 400);

    const { removed, kept } = await clean(world);

    expect(removed).toEqual(nothing);
    expect(kept).toEqual([
      {
        key: 'batch_input_old-tool-1.jsonl',
        reason: `no job of the table has it as its input, and job ${job.jobName} owns the lock`,
      },
    ]);
  });

  it.each([
    ['s3://media-bucket/', 'Submitted', true],
    ['s3://media-bucket', 'Validating', true],
    ['s3://media-bucket/', 'Scheduled', true],
    ['s3://media-bucket/', 'InProgress', true],
    ['s3://media-bucket/', 'Stopping', true],
    ['s3://media-bucket/batch_input_old-tool-1.jsonl', 'InProgress', true],
    ['s3://media-bucket/', 'Completed', false],
    ['s3://media-bucket/elsewhere/', 'InProgress', false],
    ['s3://other-bucket/', 'InProgress', false],
  ] as const)(
    'that no job of the table has, and a job of somebody over %s that is %s: stay is %s',
    async (s3Uri, status, stays) => {
      const world = memoryWorld();
      const inputDataConfig = { s3InputDataConfig: { s3InputFormat: 'JSONL' as const, s3Uri } };
      world.bedrock.add({ jobName: 'of-somebody', inputDataConfig }, { status });
      putOld(world, 'batch_input_old-tool-1.jsonl', 400);

      const { kept } = await clean(world);

      expect(world.store.has('batch_input_old-tool-1.jsonl')).toBe(stays);
      expect(kept.map(({ reason }) => reason)).toEqual(
        stays
          ? [`no job of the table has it as its input, and Bedrock job of-somebody, which is not over, reads ${s3Uri}`]
          : [],
      );
    },
  );

  it('that no job of the table has stay when Bedrock cannot be asked', async () => {
    const world = memoryWorld();
    putOld(world, 'batch_input_old-tool-1.jsonl', 400);
    world.bedrock.failNext('listLive', awsError('ThrottlingException', 429));

    await expect(clean(world)).rejects.toMatchObject({ name: 'ThrottlingException' });
    expect(world.store.has('batch_input_old-tool-1.jsonl')).toBe(true);
  });

  it.each([
    'batch_input_a.jsonl.bak',
    'batch_input_a.txt',
    'batch_input_a_b.jsonl',
    'batch_input_.jsonl',
    'batch_input_a/b.jsonl',
    'batch_input_A.JSONL',
    'my_batch_input_a.jsonl',
    'folder/batch_input_a.jsonl',
    'stray.jsonl',
  ])('have an exact pattern, which %s does not: it is not even looked at', async (key) => {
    const world = memoryWorld();
    putOld(world, key, 4000);

    const output = await clean(world);

    expect(output).toMatchObject({ removed: nothing, kept: [] });
    expect(world.store.has(key)).toBe(true);
  });

  it('that S3 will not remove are reported, and their job keeps its place', async () => {
    const world = memoryWorld();
    const job = await leftBehind(world, 60);
    world.store.refusedDeletes.set(job.batchInputS3Key, 'Access Denied');

    const { removed, failures } = await clean(world);

    expect(removed.inputs).toBe(0);
    expect(failures).toEqual([{ key: job.batchInputS3Key, reason: 'Access Denied' }]);
    expect(await world.table.getJob(job)).toMatchObject({ phase: 'settling' });
    expect(await world.table.getLock('media-bucket')).toMatchObject({ owner: { runId: 'dead' } });
  });

  it('of a closed job go without a question', async () => {
    const world = memoryWorld();
    const job = await leftBehind(world, 0);
    await world.table.closeJob(job);

    expect((await clean(world)).removed.inputs).toBe(1);
    expect(world.bedrock.calls).toEqual([]);
  });

  it('stay when Bedrock cannot be asked', async () => {
    const world = memoryWorld();
    const job = await leftBehind(world, 60, 'Completed');
    world.bedrock.failNext('get', awsError('ThrottlingException', 429));

    await expect(clean(world)).rejects.toMatchObject({ name: 'ThrottlingException' });
    expect(world.store.has(job.batchInputS3Key)).toBe(true);
  });
});

describe('copies of media and the folders of staged jobs', () => {
  /**
   * A job of an ended run whose execution ended this many minutes ago, with its copies and, if it is staged, its input.
   */
  async function withCopies(world: World, layout: Layout, minutesAgo: number, overrides: Partial<Job> = {}) {
    const job = await planned(world, { runId: 'dead', layout, executionArn: childArnOf('dead'), ...overrides });
    world.executions.end(childArnOf('dead'), world.now() - minutesAgo * 60_000);
    await world.table.updateRun('dead', { status: 'Failed' });
    const input = world.storeOf(job.inputBucket);
    for (const name of ['a', 'b']) input.put(`${job.copiesPrefix}${name}.mp4`, { metadata: metadataOf(job) });
    if (layout === 'staged') putInputOf(world, job);
    return { job, input, folder: layout === 'staged' ? job.inputFolder : job.copiesPrefix };
  }

  it.each([
    ['root', 2],
    ['staged', 3],
  ] as const)('of a %s job that is proven over go, and nobody can bring them back', async (layout, copies) => {
    const world = memoryWorld();
    const { job, input, folder } = await withCopies(world, layout, 16);

    expect(await clean(world)).toMatchObject({ removed: { ...nothing, copies }, kept: [], checkpoint: undefined });

    expect(input.keys().filter((key) => key.startsWith(folder))).toEqual([]);
    expect(await world.table.getJob(job)).toMatchObject({
      phase: 'closed',
      failure: { error: 'GivenUp' },
    });
  });

  it.each(['root', 'staged'] as const)('of a %s job that is not stay, and its folder is named once', async (layout) => {
    const world = memoryWorld();
    const { job, input, folder } = await withCopies(world, layout, 15);
    world.passMinutes(0);

    const { removed, kept } = await clean(world);

    expect(removed).toEqual(nothing);
    expect(kept).toEqual([{ key: folder, reason: `job ${job.jobName} is not proven over, or its run may go on` }]);
    expect(input.keys().filter((key) => key.startsWith(folder)).length).toBeGreaterThan(1);
    expect((await world.table.getJob(job)).phase).toBe('open');
  });

  it('of a job that never began stay', async () => {
    const world = memoryWorld();
    await withCopies(world, 'staged', 600, { executionArn: undefined });

    expect((await clean(world)).kept).toHaveLength(1);
  });

  it('stay where the job goes on in a new execution at the very moment', async () => {
    const world = memoryWorld();
    const { job, input, folder } = await withCopies(world, 'staged', 60);
    const table = {
      ...world.table,
      async beginSettling(...given: Parameters<typeof world.table.beginSettling>) {
        const preparing = { turn: 'resumed', since: new Date(world.now()).toISOString() };
        await world.table.updateUnmadeJob(job, { preparing, executionArn: 'arn:resumed' });
        await world.table.beginSettling(...given);
      },
    };

    const { removed, kept } = await clean({ ...world, table });

    expect(removed).toEqual(nothing);
    expect(kept).toMatchObject([{ key: folder }]);
    expect(input.keys()).toHaveLength(3);
  });

  it.each([
    [13, 0],
    [15, 4],
  ])('that no job of the table has written go after 14 days: of %i days %i', async (days, copies) => {
    const world = memoryWorld();
    putOld(world, 'nova/batch/staging/unknown-1/a.mp4', days);
    putOld(world, 'nova/batch/staging/loose.mp4', days);
    for (const key of ['unknown-1/media/a.mp4', 'loose.mp4']) {
      world.staging.put(key, { lastModified: new Date(world.now() - days * dayMs) });
    }

    const { removed, kept } = await clean(world);

    expect(removed).toEqual({ ...nothing, copies });
    expect(kept.map(({ key }) => key)).toEqual(
      copies > 0 ? [] : ['nova/batch/staging/loose.mp4', 'nova/batch/staging/unknown-1/', 'loose.mp4', 'unknown-1/'],
    );
  });

  it('that no job of the table has written stay while a job of somebody else may read them', async () => {
    const world = memoryWorld();
    putOld(world, 'nova/batch/staging/unknown-1/a.mp4', 400);
    const arn = world.bedrock.add({ jobName: 'of-somebody' }, { status: 'InProgress' });

    const { removed, kept } = await clean(world);
    world.bedrock.set(arn, { status: 'Stopped' });

    expect(removed).toEqual(nothing);
    expect(kept).toMatchObject([
      { key: 'nova/batch/staging/unknown-1/', reason: expect.stringContaining('of-somebody') },
    ]);
    expect((await clean(world)).removed.copies).toBe(1);
  });

  it('that no job of the table has written go while a job of ours reads the root, which uses its own only', async () => {
    const world = memoryWorld();
    putOld(world, 'nova/batch/staging/unknown-1/a.mp4', 400);
    const job = await planned(world, { status: 'InProgress' });
    world.bedrock.add(aCreateRequest(job), { status: 'InProgress' });

    expect((await clean(world)).removed.copies).toBe(1);
  });

  it('stay in the folder of an open job, however old, when the first in it is of somebody else', async () => {
    const world = memoryWorld();
    const { job, input } = await withCopies(world, 'staged', 60);
    const lastModified = new Date(world.now() - 400 * dayMs);
    for (const key of input.keys()) input.put(key, { lastModified, metadata: metadataOf(job) });
    input.put(`${job.inputFolder}0.txt`, { lastModified });

    const { removed, kept } = await clean(world);

    expect(removed).toEqual(nothing);
    expect(kept).toMatchObject([{ key: job.inputFolder }]);
  });

  it('go a thousand a request, folder by folder, and of two jobs only those of the dead one', async () => {
    const world = memoryWorld();
    const { job: dead } = await withCopies(world, 'staged', 60);
    const live = await planned(world, { runId: 'live', layout: 'staged', executionArn: childArnOf('live') });
    world.executions.start(childArnOf('live'));
    for (const job of [dead, live]) {
      for (let at = 0; at < 1200; at++)
        world.staging.put(`${job.copiesPrefix}${at}.mp4`, { metadata: metadataOf(job) });
    }

    expect((await clean(world)).removed.copies).toBe(1203);

    expect(world.staging.deleteRequests).toEqual([1000, 203]);
    expect(world.staging.keys()).toHaveLength(1200);
  });
});

describe('outputs, run folders and the old input folder', () => {
  const keys = ['nova/batch/output/j/a/x.jsonl.out', 'nova/batch/runs/r/plan.json', 'nova/batch/input/old.jsonl'];

  it.each([
    [29, 0],
    [30, 0],
    [30.001, 1],
    [31, 1],
  ])('of %f days go when they are older than 30: %i of each', async (days, count) => {
    const world = memoryWorld();
    for (const key of keys) putOld(world, key, days);

    const { removed } = await clean(world);

    expect(removed).toEqual({ ...nothing, outputs: count, runs: count, oldInputs: count });
    expect(world.store.keys()).toHaveLength(count === 1 ? 0 : 3);
  });

  it('stay while their run is live, however old they are', async () => {
    const world = memoryWorld();
    const job = await planned(world, { status: 'InProgress' });
    putOld(world, `${job.batchOutputS3Prefix}abcdefghijkl/x.jsonl.out`, 4000);
    putOld(world, `nova/batch/runs/${job.runId}/ledger/skipped.ndjson`, 4000);

    expect((await clean(world)).removed).toEqual(nothing);
  });

  it('are all that goes: never a result, never media, never anything beside them', async () => {
    const world = memoryWorld();
    const others = [
      'nova/batch/results/summary/proxies/a.mp4.json',
      'proxies/a.mp4',
      'nova/batch/outputs/a',
      'nova/batch/runs',
      'nova/batch/stagings/j/a.mp4',
      'output/nova/batch/output/a',
      'Nova/batch/output/a',
    ];
    for (const key of [...others, ...keys]) putOld(world, key, 4000);

    await clean(world, { retentionDays: 1 });

    expect(world.store.keys()).toEqual([...others].sort());
    expect(world.store.deleted.sort()).toEqual([...keys].sort());
  });

  it('go a thousand a request, all 2,500 of them', async () => {
    const world = memoryWorld();
    for (let at = 0; at < 2500; at++) putOld(world, `nova/batch/output/j/${at}.out`);

    expect((await clean(world)).removed.outputs).toBe(2500);
    expect(world.store.deleteRequests).toEqual([1000, 1000, 500]);
    expect(world.store.keys()).toEqual([]);
  });

  it('that S3 will not remove are reported and stop none of the rest', async () => {
    const world = memoryWorld();
    for (let at = 0; at < 1500; at++) putOld(world, `nova/batch/output/j/${String(at).padStart(4, '0')}.out`);
    for (let at = 0; at < 150; at++) {
      world.store.refusedDeletes.set(`nova/batch/output/j/${String(at * 10).padStart(4, '0')}.out`, 'InternalError');
    }
    putOld(world, 'nova/batch/runs/r/plan.json');

    const { removed, failures } = await clean(world);

    expect(removed).toEqual({ ...nothing, outputs: 1350, runs: 1 });
    expect(failures).toHaveLength(100);
    expect(failures[0]).toEqual({ key: 'nova/batch/output/j/0000.out', reason: 'InternalError' });
  });
});

describe('unfinished uploads', () => {
  const ownKeys = [
    'batch_input_a.jsonl',
    'nova/batch/input/a',
    'nova/batch/output/j/a',
    'nova/batch/results/summary/a.json',
    'nova/batch/runs/r/a',
    'nova/batch/staging/j/a.mp4',
  ];

  it.each([
    [6.999, 0],
    [7, 7],
  ])(
    'of our own keys, and all in the staging bucket, are aborted after 7 days: after %f days %i',
    async (days, uploads) => {
      const world = memoryWorld();
      const initiated = new Date(world.now() - days * dayMs);
      for (const key of [...ownKeys, 'batch_input_a.mp4', 'proxies/a.mp4']) world.uploads.begin(key, initiated);
      world.stagedUploads.begin('j/media/a.mp4', initiated);

      const { removed } = await clean(world);

      expect(removed).toEqual({ ...nothing, uploads });
      if (uploads > 0) expect(world.uploads.keys()).toEqual(['batch_input_a.mp4', 'proxies/a.mp4']);
      expect(world.stagedUploads.keys()).toHaveLength(uploads > 0 ? 0 : 1);
    },
  );

  it('of a live run or job stay, however old', async () => {
    const world = memoryWorld();
    const job = await planned(world, { status: 'InProgress' });
    const keys = [
      job.batchInputS3Key,
      `${job.copiesPrefix}a.mp4`,
      `${job.batchOutputS3Prefix}a`,
      `nova/batch/runs/${job.runId}/a`,
    ];
    for (const key of keys) world.uploads.begin(key, new Date(0));
    world.stagedUploads.begin(`${job.jobName}/media/a.mp4`, new Date(0));

    expect((await clean(world)).removed.uploads).toBe(0);
  });

  it('that S3 will not abort are reported and stop none of the rest', async () => {
    const world = memoryWorld();
    for (const key of ownKeys) world.uploads.begin(key, new Date(0));
    world.uploads.refused.set('nova/batch/output/j/a', awsError('AccessDenied', 403, 'Access Denied'));

    const { removed, failures } = await clean(world);

    expect(removed.uploads).toBe(5);
    expect(failures).toEqual([{ key: 'nova/batch/output/j/a', reason: 'Access Denied' }]);
  });
});

describe('hidden versions', () => {
  const daysAgo = (world: World, days: number) => new Date(world.now() - days * dayMs);

  it('of our own keys go when they were hidden for 14 days, whenever they were written; the current one never', async () => {
    const world = memoryWorld();
    const keys = ['batch_input_a.jsonl', 'nova/batch/input/a', 'nova/batch/output/j/a', 'nova/batch/runs/r/a'];
    for (const key of keys) {
      for (const days of [300, 200, 13]) world.versions.put(key, daysAgo(world, days));
    }

    expect((await clean(world)).removed).toEqual({ ...nothing, versions: 4 });
    expect(world.versions.keys()).toHaveLength(8);
  });

  it('are never those of media, results or a key that is not surely ours', async () => {
    const world = memoryWorld();
    const keys = ['batch_input_a.mp4', 'nova/batch/results/summary/a.json', 'nova/batch/stagings/a', 'proxies/a.mp4'];
    for (const key of keys) {
      for (const days of [300, 200]) world.versions.put(key, daysAgo(world, days));
    }

    expect((await clean(world)).removed).toEqual(nothing);
  });

  it('under a delete marker go before the marker, which would bring them back', async () => {
    const world = memoryWorld();
    world.versions.put('nova/batch/runs/r/a', daysAgo(world, 300));
    world.versions.put('nova/batch/runs/r/a', daysAgo(world, 200), true);

    const nights = [(await clean(world)).removed.versions];
    expect(world.versions.keys()).toEqual(['nova/batch/runs/r/a']);
    for (let night = 0; night < 2; night++) nights.push((await clean(world)).removed.versions);

    expect(nights).toEqual([1, 1, 0]);
  });

  it('of a live run stay', async () => {
    const world = memoryWorld();
    const job = await planned(world, { status: 'InProgress' });
    for (const days of [300, 200]) world.versions.put(`nova/batch/runs/${job.runId}/plan.json`, daysAgo(world, days));

    expect((await clean(world)).removed.versions).toBe(0);
  });

  it('go a thousand a request', async () => {
    const world = memoryWorld();
    for (let at = 0; at < 1200; at++) {
      for (const days of [300, 200]) world.versions.put(`nova/batch/runs/r/${at}`, daysAgo(world, days));
    }

    expect((await clean(world)).removed.versions).toBe(1200);
    expect(world.versions.deleteRequests).toEqual([1000, 200]);
  });
});

describe('a dry run', () => {
  it('says the same and removes nothing', async () => {
    const world = memoryWorld();
    await leftBehind(world, 60);
    for (let at = 0; at < 1200; at++) putOld(world, `nova/batch/output/j/${at}.out`);
    putOld(world, 'batch_input_unknown.jsonl');
    putOld(world, 'batch_input_young.jsonl', 1);
    world.uploads.begin('nova/batch/runs/r/ledger', new Date(world.now() - 8 * dayMs));
    world.versions.put('nova/batch/output/j/0.out', new Date(world.now() - 40 * dayMs), true);
    const before = world.store.keys();

    const dry = await clean(world, { dryRun: true });

    expect(world.store.keys()).toEqual(before);
    expect([...world.uploads.keys(), ...world.versions.keys()]).toHaveLength(2);
    expect(await world.table.getLock('media-bucket')).toMatchObject({ owner: { runId: 'dead' } });
    expect(await world.table.listOpenJobs()).toHaveLength(1);
    expect(dry.removed).toEqual({ ...nothing, inputs: 1, unknownInputs: 1, outputs: 1200, uploads: 1, versions: 1 });
    expect(await clean(world)).toEqual({ ...dry, dryRun: false });
  });
});

it('names at most 100 keys that it kept, and says how many more there are', async () => {
  const world = memoryWorld();
  for (let at = 0; at < 130; at++) world.store.put(`batch_input_${at}.jsonl`);

  const { kept, unlisted } = await clean(world);

  expect(kept).toHaveLength(100);
  expect(unlisted).toEqual({ kept: 30, failures: 0 });
});

it('does nothing in an empty bucket, and nothing again the second time', async () => {
  const world = memoryWorld();
  await leftBehind(world, 60);
  putOld(world, 'nova/batch/output/j/a.out');
  await clean(world);

  expect(await clean(world)).toEqual({
    dryRun: false,
    startedAt: new Date(world.now()).toISOString(),
    removed: nothing,
    kept: [],
    failures: [],
    unlisted,
    checkpoint: undefined,
  });
  expect(await clean(memoryWorld())).toMatchObject({ removed: nothing, checkpoint: undefined });
});
