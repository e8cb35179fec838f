import { describe, expect, it } from 'vitest';
import { FolderBusy } from '../../../../../lambdas/shared/domain/errors/errors.ts';
import type { Job } from '../../../../../lambdas/shared/domain/job/job.ts';
import { settleJob } from '../../../../../lambdas/shared/domain/job/settle-job.ts';
import type { StateFailure } from '../../../../../lambdas/shared/domain/state.ts';
import { awsError } from '../../../../support/aws-error.ts';
import { type CrashPlan, crashing } from '../../../../support/crashes.ts';
import { aCreateRequest, aPlannedRecord } from '../../../../support/factories.ts';
import { expectOneSentence, messageOfRejection } from '../../../../support/one-sentence.ts';
import { holding, memoryWorld, planned, putInputOf, type World } from '../../../../support/world.ts';
import { prepare } from '../../../prepare-job/preparing.ts';

/** A job with its input at the root and the lock; Bedrock has it in this status, if any. */
async function atRoot(
  world: World,
  status?: Parameters<World['bedrock']['set']>[1]['status'],
  isArnKnown = true,
): Promise<Job> {
  const job = await holding(world, await planned(world));
  putInputOf(world, job);
  if (status !== undefined) {
    const createRequest = aCreateRequest(job);
    const batchJobArn = world.bedrock.add(createRequest, { status });
    await world.table.updateJob(job, { createRequest, ...(isArnKnown ? { batchJobArn } : {}) });
  }
  return world.table.getJob(job);
}

function settle(world: World, { runId, jobName }: Job, failure?: StateFailure, parts: Partial<World> = {}) {
  return settleJob({ runId, jobName, failure }, { ...world, ...parts });
}

async function expectSettled(world: World, job: Job): Promise<void> {
  expect(world.store.has(job.batchInputS3Key), 'the input is removed').toBe(false);
  expect((await world.table.getLock(job.bucket))?.owner, 'the lock is free').toBeUndefined();
  expect(await world.table.getJob(job)).toMatchObject({ phase: 'closed' });
}

describe('a job that Start asked for and that no list shows', () => {
  const asked = { error: 'Throttled', cause: 'no answer' };

  it.each([asked, { error: 'JobRefused', cause: 'AccessDenied' }])(
    'keeps its input for the 15 minutes in which a lost function may send it and 5 in which the list may lag: $error',
    async (failure) => {
      const world = memoryWorld();
      const job = await atRoot(world);
      const createRequestedAt = new Date(world.now()).toISOString();
      await world.table.updateJob(job, { createRequest: aCreateRequest(job), createRequestedAt });

      const message = await messageOfRejection(settle(world, job, failure), 'JobStillRunning');
      expectOneSentence(message, 'nobody knows yet whether Bedrock made it');
      world.time.nowMs += 20 * 60_000 - 1;
      await expect(settle(world, job, failure)).rejects.toMatchObject({ name: 'JobStillRunning' });
      expect(world.store.has(job.batchInputS3Key)).toBe(true);
      world.time.nowMs += 1;
      await settle(world, job, failure);

      await expectSettled(world, job);
    },
  );
});

describe('a job of which a turn of Prepare job was lost', () => {
  it('keeps its input and the root until the turn cannot write any more', async () => {
    const world = memoryWorld();
    const job = await atRoot(world, 'Failed');
    await world.table.updateJob(job, { preparing: { turn: 'lost', since: new Date(world.now()).toISOString() } });

    world.passMinutes(15);
    const message = await messageOfRejection(settle(world, job), 'JobStillRunning');
    expectOneSentence(message, 'may still be prepared by a function that was lost');
    expect(world.store.has(job.batchInputS3Key)).toBe(true);
    world.passMinutes(1);
    await settle(world, job);

    await expectSettled(world, job);
  });

  it('has nothing of the turn left when it wakes late: neither input nor copy, claim or lock', async () => {
    const world = memoryWorld();
    world.store.put('proxies/C0001.MP4', { text: 'one' });
    const etag = world.store.textOf('proxies/C0001.MP4')?.etag;
    const job = await planned(world, {}, { records: [aPlannedRecord(1, { etag, copy: true })] });
    const goOn = Promise.withResolvers<void>();
    const paused = Promise.withResolvers<void>();
    const copyHere: World['store']['copyHere'] = async (...given) => {
      paused.resolve();
      await goOn.promise;
      return world.store.copyHere(...given);
    };
    const late = prepare(world, job, { storeOf: () => ({ ...world.store, copyHere }) });
    await paused.promise;

    await expect(settle(world, job, { error: 'Lambda.Unknown', cause: 'lost' })).rejects.toThrow(
      'may still be prepared',
    );
    world.passMinutes(15);
    goOn.resolve();
    await late;
    await settle(world, job);

    await expectSettled(world, job);
    expect(world.store.keys().filter((key) => key.startsWith(job.copiesPrefix))).toEqual([]);
  });
});

describe('what a job wrote for Bedrock', () => {
  it.each(['root', 'staged'] as const)('as a %s job goes, all copies of it, and nothing beside it', async (layout) => {
    const world = memoryWorld();
    const job = await planned(world, { layout });
    const input = world.storeOf(job.inputBucket);
    putInputOf(world, job);
    for (let at = 0; at < 2100; at++) input.put(`${job.copiesPrefix}${at}.mp4`);
    if (layout === 'staged') input.put(`${job.inputFolder}left-over`);
    const beside = ['media-run-1-10/media/1.mp4', 'nova/batch/staging/media-run-1-10/1.mp4', 'proxies/C0001.MP4'];
    for (const key of beside) input.put(key);

    await settle(world, job);

    expect(input.keys().filter((key) => !key.startsWith('nova/batch/runs/'))).toEqual(beside.toSorted());
    expect(input.deleteRequests).toEqual([1000, 1000, layout === 'staged' ? 102 : 101]);
    expect(await world.table.getJob(job)).toMatchObject({ phase: 'closed' });
  });

  it('keeps the job open while S3 will not remove it', async () => {
    const world = memoryWorld();
    const job = await atRoot(world, 'Completed');
    world.store.refusedDeletes.set(job.batchInputS3Key, 'We encountered an internal error');

    const message = await messageOfRejection(settle(world, job), 'Throttled');
    expectOneSentence(`${message}.`, `S3 did not remove ${job.batchInputS3Key} of job ${job.jobName}`);
    expect(await world.table.getLock('media-bucket')).toMatchObject({ owner: { runId: job.runId } });

    world.store.refusedDeletes.clear();
    await settle(world, job);
    await expectSettled(world, job);
  });
});

describe('a job that is over', () => {
  it.each(['Completed', 'PartiallyCompleted', 'Stopped', 'Expired', 'Failed'] as const)(
    'as %s loses its input and the lock',
    async (status) => {
      const world = memoryWorld();
      const job = await atRoot(world, status);

      expect(await settle(world, job)).toEqual({ runId: job.runId, jobName: job.jobName });

      await expectSettled(world, job);
      expect(world.bedrock.stopped).toEqual([]);
      expect((await world.table.getJob(job)).failure).toBeUndefined();
    },
  );

  it('has its last status and counters and its end in the table, for what is collected next', async () => {
    const world = memoryWorld();
    const job = await atRoot(world, 'InProgress');
    const counters = { total: 100, processed: 50, succeeded: 50, failed: 0 };
    const endedAt = new Date(world.now());
    world.bedrock.set(job.batchJobArn ?? '', { status: 'Stopped', counters, endedAt });

    await settle(world, job);

    expect(await world.table.getJob(job)).toMatchObject({
      status: 'Stopped',
      counters,
      endedAt: endedAt.toISOString(),
    });
  });
});

describe('a job that was never made', () => {
  it.each([
    ['before it was sent', {}],
    ['although its request was written down', { createRequest: true }],
  ])(
    '%s loses its input and the lock, with the reason why',
    async (_, { createRequest }: { createRequest?: boolean }) => {
      const world = memoryWorld();
      const job = await atRoot(world);
      if (createRequest) await world.table.updateJob(job, { createRequest: aCreateRequest(job) });

      await settle(world, job, {
        error: 'JobRefused',
        cause: '{"errorType":"JobRefused","errorMessage":"No access."}',
      });

      await expectSettled(world, job);
      expect((await world.table.getJob(job)).failure).toEqual({ error: 'JobRefused', reason: 'No access.' });
    },
  );

  it('leaves the queue when it only waited, and its neighbour keeps root and input', async () => {
    const world = memoryWorld();
    const neighbour = await atRoot(world);
    const job = await planned(world, { runId: 'queued' });
    const lock = await world.table.getLock('media-bucket');
    const since = new Date(world.now()).toISOString();
    const { runId, jobName } = job;
    const queued = { runId, jobName, executionArn: 'arn:queued', since, seenAt: since };
    if (lock) await world.table.replaceLock(lock, { ...lock, version: lock.version + 1, queue: [queued] });

    await settle(world, job, { error: 'States.Timeout', cause: 'The state timed out' });

    expect(await world.table.getLock('media-bucket')).toMatchObject({
      owner: { runId: neighbour.runId },
      queue: [],
    });
    expect(world.store.has(neighbour.batchInputS3Key)).toBe(true);
    expect(await world.table.getJob(neighbour)).toMatchObject({ phase: 'open' });
    expect(await world.table.getJob(job)).toMatchObject({
      phase: 'closed',
      failure: { reason: 'The state timed out' },
    });
  });
});

describe('a job that still runs', () => {
  it.each(['Submitted', 'Validating', 'Scheduled', 'InProgress'] as const)(
    'as %s is told to stop, and keeps its input until it has',
    async (status) => {
      const world = memoryWorld();
      const job = await atRoot(world, status);

      const message = await messageOfRejection(settle(world, job), 'JobStillRunning');

      expectOneSentence(message, `Job ${job.jobName} was told to stop and is still ${status}: its input stays`);
      expect(world.bedrock.stopped).toEqual([job.batchJobArn]);
      expect(world.store.has(job.batchInputS3Key)).toBe(true);
      expect(await world.table.getLock('media-bucket')).toMatchObject({ owner: { runId: job.runId } });

      await expect(settle(world, job)).rejects.toMatchObject({ name: 'JobStillRunning' });
      expect(world.bedrock.stopped, 'told once').toHaveLength(1);
      world.bedrock.set(job.batchJobArn ?? '', { status: 'Stopped' });
      await settle(world, job);
      await expectSettled(world, job);
    },
  );

  it('although nobody knows its ARN is found by its name, stopped, and known from then on', async () => {
    const world = memoryWorld();
    const job = await atRoot(world, 'InProgress', false);
    const [arn = ''] = world.bedrock.arns();

    await expect(settle(world, job)).rejects.toMatchObject({ name: 'JobStillRunning' });

    expect(world.bedrock.stopped).toEqual([arn]);
    expect(await world.table.getJob(job)).toMatchObject({ batchJobArn: arn, phase: 'settling' });
    world.bedrock.set(arn, { status: 'Stopped' });
    await settle(world, job);
    await expectSettled(world, job);
  });

  it('that Bedrock will not show is not settled', async () => {
    const world = memoryWorld();
    const job = await atRoot(world, 'Completed');
    world.bedrock.failNext('get', awsError('AccessDeniedException', 403));

    await expect(settle(world, job)).rejects.toMatchObject({ name: 'AccessDeniedException' });

    expect(world.store.has(job.batchInputS3Key)).toBe(true);
    expect(await world.table.getLock('media-bucket')).toMatchObject({ owner: { runId: job.runId } });
  });
});

describe('the reason of a failure', () => {
  it('is the first one: what a step found out stands against what came of it', async () => {
    const world = memoryWorld();
    const job = await atRoot(world, 'Stopped');
    const failure = { error: 'ForeignInput', reason: 'somebody else came' };
    await world.table.updateJob(job, { failure });

    await settle(world, job, { error: 'JobRefused', cause: '{"errorMessage":"overdue"}' });

    expect((await world.table.getJob(job)).failure).toEqual(failure);
  });

  it.each([
    ['Failed', 'JobFailed'],
    ['Stopped', 'Lambda.Unknown'],
  ] as const)("is Bedrock's own where it ended the job while no poll could see it: %s is %s", async (status, error) => {
    const world = memoryWorld();
    const job = await atRoot(world);
    const createRequest = aCreateRequest(job);
    const message = 'The input size exceeds the limit of 5 GB';
    const batchJobArn = world.bedrock.add(createRequest, { status, message });
    await world.table.updateJob(job, { createRequest, batchJobArn });

    await settle(world, job, { error: 'Lambda.Unknown', cause: 'the poll was lost' });

    const reason = error === 'JobFailed' ? message : 'the poll was lost';
    expect((await world.table.getJob(job)).failure).toEqual({ error, reason });
  });

  it('says who had the root, where the wait for it passed its limit', async () => {
    const world = memoryWorld();
    await atRoot(world);
    const job = await planned(world, { runId: 'queued' });
    const waited = await prepare(world, job).catch((error: Error) => error);
    if (!(waited instanceof FolderBusy)) return expect.unreachable();

    const cause = JSON.stringify({ errorType: waited.name, errorMessage: waited.message });
    await settle(world, job, { error: waited.name, cause });

    const { failure } = await world.table.getJob(job);
    expect(failure?.error).toBe('FolderBusy');
    expect(failure?.reason).toContain('job media-run-1-1 of run run-1 has it since 2026-11-02T09:00:00.000Z');
    expect(await world.table.getLock('media-bucket')).toMatchObject({ owner: { runId: 'run-1' }, queue: [] });
  });

  it('is kept while the job has to be waited for', async () => {
    const world = memoryWorld();
    const job = await atRoot(world, 'InProgress');

    await expect(settle(world, job, { error: 'Sandbox.Timedout', cause: 'Task timed out' })).rejects.toThrow();

    expect((await world.table.getJob(job)).failure).toEqual({ error: 'Sandbox.Timedout', reason: 'Task timed out' });
  });
});

describe('settling again', () => {
  it('changes nothing for anybody', async () => {
    const world = memoryWorld();
    const job = await atRoot(world, 'Completed');
    await settle(world, job);
    const next = await holding(world, await planned(world, { runId: 'next' }));
    putInputOf(world, next);
    const before = [await world.table.getJob(job), await world.table.getLock('media-bucket'), world.store.keys()];

    await settle(world, job, { error: 'Late', cause: 'zombie' });

    expect([await world.table.getJob(job), await world.table.getLock('media-bucket'), world.store.keys()]).toEqual(
      before,
    );
  });

  it.each([false, true])('makes good a crash at any change (change done: %s)', async (isEffective) => {
    let crashes = 0;
    for (let at = 0; ; at++) {
      const world = memoryWorld();
      const job = await atRoot(world, 'Completed');
      const plan: CrashPlan = { changesLeft: at, isEffective };
      const table = crashing(world.table, ['beginSettling', 'recordBedrockState', 'closeJob', 'replaceLock'], plan);
      const store = crashing(world.store, ['deleteObjects'], plan);
      const failure = { error: 'E', cause: 'first' };
      const error: unknown = await settle(world, job, failure, { table, storeOf: () => store }).catch(
        (thrown) => thrown,
      );
      if (!(error instanceof Error)) break;
      expect(error.name).toBe('Crash');
      crashes += 1;

      await settle(world, job, failure);

      await expectSettled(world, job);
      expect((await world.table.getJob(job)).failure).toEqual({ error: 'E', reason: 'first' });
    }
    expect(crashes).toBeGreaterThanOrEqual(5);
  });
});
