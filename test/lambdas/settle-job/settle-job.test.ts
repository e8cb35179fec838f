import { describe, expect, it } from 'vitest';
import { settleJob } from '../../../lambdas/settle-job/settle-job.ts';
import type { Job } from '../../../lambdas/shared/jobs.ts';
import type { StateFailure } from '../../../lambdas/shared/state.ts';
import { awsError } from '../../support/aws-error.ts';
import { type CrashPlan, crashing } from '../../support/crashes.ts';
import { aCreateRequest } from '../../support/factories.ts';
import { expectOneSentence, messageOfRejection } from '../../support/one-sentence.ts';
import { holding, memoryWorld, planned, putInputOf, type World } from '../../support/world.ts';

/** A job with its input at the root and the lease; Bedrock has it in this status, if any. */
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
  expect((await world.table.getLease(job.bucket))?.holder, 'the lease is free').toBeUndefined();
  expect(await world.table.getJob(job)).toMatchObject({ closed: true });
}

describe('a job that Start asked for and that no list shows', () => {
  const asked = { error: 'Throttled', cause: 'no answer' };

  it('keeps its input while the list may lag behind, and loses it afterwards', async () => {
    const world = memoryWorld();
    const job = await atRoot(world);
    const createRequestedAt = new Date(world.now()).toISOString();
    await world.table.updateJob(job, { createRequest: aCreateRequest(job), createRequestedAt });

    const message = await messageOfRejection(settle(world, job, asked), 'JobStillRunning');
    expectOneSentence(message, 'nobody knows yet whether Bedrock made it');
    expect(world.store.has(job.batchInputS3Key)).toBe(true);
    await settle(world, job, asked, { now: () => world.now() + 5 * 60_000 + 1 });

    await expectSettled(world, job);
  });

  it('loses its input at once where Bedrock refused the request', async () => {
    const world = memoryWorld();
    const job = await atRoot(world);
    const createRequestedAt = new Date(world.now()).toISOString();
    await world.table.updateJob(job, { createRequest: aCreateRequest(job), createRequestedAt });

    await settle(world, job, { error: 'JobRefused', cause: 'AccessDenied' });

    await expectSettled(world, job);
  });
});

describe('a job that is over', () => {
  it.each(['Completed', 'PartiallyCompleted', 'Stopped', 'Expired', 'Failed'] as const)(
    'as %s loses its input and the lease',
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
    '%s loses its input and the lease, with the reason why',
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
    const job = await planned(world, { runId: 'waiter' });
    const lease = await world.table.getLease('media-bucket');
    const since = new Date(world.now()).toISOString();
    const { runId, jobName } = job;
    const waiter = { runId, jobName, executionArn: 'arn:waiter', since, seenAt: since };
    if (lease) await world.table.replaceLease(lease, { ...lease, version: lease.version + 1, waiters: [waiter] });

    await settle(world, job, { error: 'States.Timeout', cause: 'The state timed out' });

    expect(await world.table.getLease('media-bucket')).toMatchObject({
      holder: { runId: neighbour.runId },
      waiters: [],
    });
    expect(world.store.has(neighbour.batchInputS3Key)).toBe(true);
    expect(await world.table.getJob(neighbour)).toMatchObject({ closed: false });
    expect(await world.table.getJob(job)).toMatchObject({ closed: true, failure: { reason: 'The state timed out' } });
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
      expect(await world.table.getLease('media-bucket')).toMatchObject({ holder: { runId: job.runId } });

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
    expect(await world.table.getJob(job)).toMatchObject({ batchJobArn: arn, closed: false });
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
    expect(await world.table.getLease('media-bucket')).toMatchObject({ holder: { runId: job.runId } });
  });
});

describe('the reason of a failure', () => {
  it('is the first one: what a step found out stands against what came of it', async () => {
    const world = memoryWorld();
    const job = await atRoot(world, 'Stopped');
    const failure = { error: 'StrangerInput', reason: 'a stranger came' };
    await world.table.updateJob(job, { failure });

    await settle(world, job, { error: 'JobRefused', cause: '{"errorMessage":"overdue"}' });

    expect((await world.table.getJob(job)).failure).toEqual(failure);
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
    const before = [await world.table.getJob(job), await world.table.getLease('media-bucket'), world.store.keys()];

    await settle(world, job, { error: 'Late', cause: 'zombie' });

    expect([await world.table.getJob(job), await world.table.getLease('media-bucket'), world.store.keys()]).toEqual(
      before,
    );
  });

  it.each([false, true])('makes good a crash at any change (change done: %s)', async (isEffective) => {
    let crashes = 0;
    for (let at = 0; ; at++) {
      const world = memoryWorld();
      const job = await atRoot(world, 'Completed');
      const plan: CrashPlan = { changesLeft: at, isEffective };
      const table = crashing(world.table, ['updateJob', 'closeJob', 'replaceLease'], plan);
      const store = crashing(world.store, ['deleteObject'], plan);
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
