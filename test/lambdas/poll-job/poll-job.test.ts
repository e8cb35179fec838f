import { describe, expect, it } from 'vitest';
import { pollJob } from '../../../lambdas/poll-job/poll-job.ts';
import { bedrockStatusSchema } from '../../../lambdas/shared/domain/job/bedrock-status.ts';
import type { Job } from '../../../lambdas/shared/domain/job/job.ts';
import { awsError } from '../../support/aws-error.ts';
import { aCreateRequest, startOfStory } from '../../support/factories.ts';
import { expectOneSentence, messageOfRejection } from '../../support/one-sentence.ts';
import { memoryWorld, planned, type World } from '../../support/world.ts';

const zero = { total: 0, processed: 0, succeeded: 0, failed: 0 };

/** A job of 1 record and 99 of padding that Bedrock has since the start of the story. */
async function started(world: World, overrides: Partial<Job> = {}): Promise<Job> {
  const batchJobArn = world.bedrock.add({ jobName: 'media-run-1-1' });
  const submittedAt = new Date(startOfStory).toISOString();
  return planned(world, { batchJobArn, submittedAt, status: 'Submitted', paddingRecords: 99, ...overrides });
}

const poll = (world: World, { runId, jobName, batchJobArn = 'arn:none' }: Job) =>
  pollJob({ runId, jobName, batchJobArn }, world);
const arnOf = (world: World) => world.bedrock.arns()[0] ?? '';

describe('a poll', () => {
  it.each([
    ['Submitted', false],
    ['Validating', false],
    ['Scheduled', false],
    ['InProgress', false],
    ['Stopping', false],
    ['Stopped', true],
    ['Completed', true],
    ['PartiallyCompleted', true],
    ['Expired', true],
    ['Failed', true],
  ] as const)('sees %s as over: %s, and writes it down', async (status, over) => {
    const world = memoryWorld();
    const job = await started(world);
    world.bedrock.set(arnOf(world), { status });

    expect(await poll(world, job)).toEqual({
      runId: job.runId,
      jobName: job.jobName,
      batchJobArn: job.batchJobArn,
      status,
      over,
      waitSeconds: 30,
    });

    const after = await world.table.getJob(job);
    expect(after.status).toBe(status);
    expect(after.endedAt !== undefined).toBe(over);
    expect(world.bedrock.stopped).toEqual([]);
  });

  it('decides about every status there is', () => {
    expect(bedrockStatusSchema.options).toHaveLength(10);
  });

  it('writes down the counters and the end as Bedrock says them', async () => {
    const world = memoryWorld();
    const job = await started(world);
    const counters = { total: 100, processed: 100, succeeded: 99, failed: 1 };
    world.bedrock.set(arnOf(world), { status: 'Completed', counters, endedAt: new Date(startOfStory + 60_000) });
    world.passMinutes(10);

    await poll(world, job);

    expect(await world.table.getJob(job)).toMatchObject({ counters, endedAt: '2026-11-02T09:01:00.000Z' });
    expect((await world.table.getJob(job)).failure).toBeUndefined();
  });

  it('takes the present for the end where Bedrock does not say one', async () => {
    const world = memoryWorld();
    const job = await started(world);
    world.bedrock.set(arnOf(world), { status: 'Expired' });
    world.passMinutes(10);

    await poll(world, job);

    expect((await world.table.getJob(job)).endedAt).toBe('2026-11-02T09:10:00.000Z');
  });

  it.each([
    ['Failed', 'Batch job contains less records (1) than the required minimum of: 100'],
    ['PartiallyCompleted', 'Timed out'],
    ['Stopped', 'Stopped by user'],
  ] as const)('keeps what Bedrock says about %s', async (status, message) => {
    const world = memoryWorld();
    const job = await started(world);
    world.bedrock.set(arnOf(world), { status, message });

    await poll(world, job);

    expect((await world.table.getJob(job)).failure).toEqual({ error: `Job${status}`, reason: message });
  });

  it.each(['InProgress', 'Completed'] as const)(
    'takes no message about a job that is %s for a failure',
    async (status) => {
      const world = memoryWorld();
      const job = await started(world);
      world.bedrock.set(arnOf(world), { status, message: 'All is well' });

      await poll(world, job);

      expect((await world.table.getJob(job)).failure).toBeUndefined();
    },
  );

  it('waits longer the older the job is', async () => {
    const world = memoryWorld();
    const job = await started(world);
    const waits = [];
    for (let hours = 0; hours < 4; hours++) {
      waits.push((await poll(world, job)).waitSeconds);
      world.passMinutes(60);
    }

    expect(waits).toEqual([30, 225, 450, 600]);
  });

  it('of a job that has no ARN in the table refuses it', async () => {
    const world = memoryWorld();
    const job = await planned(world);
    const batchJobArn = world.bedrock.add(aCreateRequest(job), { status: 'InProgress' });

    expectOneSentence(
      await messageOfRejection(poll(world, { ...job, batchJobArn }), 'JobRefused'),
      'has no batchJobArn in the table, expected',
    );
  });

  it('that Bedrock throttles changes nothing', async () => {
    const world = memoryWorld();
    const job = await started(world);
    world.bedrock.failNext('get', awsError('ThrottlingException', 429));

    await expect(poll(world, job)).rejects.toMatchObject({ name: 'ThrottlingException' });
    expect(await world.table.getJob(job)).toEqual(job);
  });
});

describe('a late poll', () => {
  it.each([
    ['whose end is written down', { status: 'Completed', endedAt: '2026-11-02T09:05:00.000Z' }],
    ['that is closed', { status: 'Completed', phase: 'closed' }],
  ] as const)('puts nothing back of a job %s', async (_, after) => {
    const world = memoryWorld();
    const job = await started(world);
    const table = {
      ...world.table,
      async getJob(reference: { runId: string; jobName: string }) {
        const before = await world.table.getJob(reference);
        await world.table.updateJob(reference, after);
        return before;
      },
    };
    world.bedrock.set(arnOf(world), { status: 'InProgress', counters: { ...zero, total: 100 } });

    await pollJob({ runId: job.runId, jobName: job.jobName, batchJobArn: arnOf(world) }, { ...world, table });

    const now = await world.table.getJob(job);
    expect(now).toMatchObject(after);
    expect(now.counters).toBeUndefined();
  });
});

describe('a job whose run was stopped by a user', () => {
  it('is stopped once, and says that a user did', async () => {
    const world = memoryWorld();
    const job = await started(world, { stopRequested: true });
    world.bedrock.set(arnOf(world), { status: 'InProgress' });

    expect(await poll(world, job)).toMatchObject({ over: false });
    await poll(world, job);
    world.bedrock.set(arnOf(world), { status: 'Stopped', message: 'Stopped by user' });
    expect(await poll(world, job)).toMatchObject({ over: true });

    expect(world.bedrock.stopped).toEqual([arnOf(world)]);
    const failure = { error: 'StopRequested', reason: 'the run was stopped by a user' };
    expect(await world.table.getJob(job)).toMatchObject({ status: 'Stopped', failure });
  });

  it('has no failure where Bedrock completed it before', async () => {
    const world = memoryWorld();
    const job = await started(world, { stopRequested: true });
    world.bedrock.set(arnOf(world), { status: 'Completed' });

    expect(await poll(world, job)).toMatchObject({ over: true });

    expect(world.bedrock.stopped).toEqual([]);
    expect((await world.table.getJob(job)).failure).toBeUndefined();
  });
});

describe('records that were not sent', () => {
  it.each([
    [100, false],
    [101, true],
  ])('are told by what was really sent: %i of 60 with 40 of padding stop the job: %s', async (total, isStopped) => {
    const world = memoryWorld();
    const prepared = { sent: 60, paddingRecords: 40, ledgerKeys: ['list'] };
    await started(world, { records: 90, paddingRecords: 40, prepared });
    world.bedrock.set(arnOf(world), { status: 'InProgress', counters: { ...zero, total } });

    await poll(world, await world.table.getJob({ runId: 'run-1', jobName: 'media-run-1-1' }));

    expect(world.bedrock.stopped).toEqual(isStopped ? [arnOf(world)] : []);
  });

  it.each([
    [99, false],
    [100, false],
    [101, true],
    [5000, true],
  ])('are noticed by the count: %i of 100 stop the job: %s', async (total, isStopped) => {
    const world = memoryWorld();
    const job = await started(world);
    world.bedrock.set(arnOf(world), { status: 'InProgress', counters: { ...zero, total } });

    await poll(world, job);

    expect(world.bedrock.stopped).toEqual(isStopped ? [arnOf(world)] : []);
    const { failure } = await world.table.getJob(job);
    expect(failure?.error).toBe(isStopped ? 'ForeignInput' : undefined);
    if (isStopped) expect(failure?.reason).toContain(`(${total - 100} records more than were sent)`);
  });

  it('stop the job once: while it stops it is left alone, and the reason stays', async () => {
    const world = memoryWorld();
    const job = await started(world);
    world.bedrock.set(arnOf(world), { status: 'InProgress', counters: { ...zero, total: 107 } });

    await poll(world, job);
    await poll(world, job);
    world.bedrock.set(arnOf(world), { status: 'Stopped', message: 'Stopped by user' });
    expect(await poll(world, job)).toMatchObject({ over: true });

    expect(world.bedrock.stopped).toHaveLength(1);
    expect((await world.table.getJob(job)).failure?.error).toBe('ForeignInput');
  });

  it('are reported even when the job was over before anybody saw them', async () => {
    const world = memoryWorld();
    const job = await started(world);
    world.bedrock.set(arnOf(world), { status: 'Completed', counters: { ...zero, total: 101, succeeded: 101 } });

    expect(await poll(world, job)).toMatchObject({ over: true });

    expect(world.bedrock.stopped).toEqual([]);
    expect((await world.table.getJob(job)).failure?.error).toBe('ForeignInput');
  });
});

describe('a job that Bedrock never ends', () => {
  const limitMinutes = (72 + 12) * 60;

  it.each([
    [limitMinutes, 'waits on'],
    [limitMinutes + 1, 'is refused'],
  ])('%i minutes after it was submitted %s', async (minutes, end) => {
    const world = memoryWorld();
    const job = await started(world);
    world.bedrock.set(arnOf(world), { status: 'Scheduled' });
    world.passMinutes(minutes);

    if (end === 'waits on') return expect(await poll(world, job)).toMatchObject({ over: false, waitSeconds: 600 });
    const message = await messageOfRejection(poll(world, job), 'JobRefused');
    expectOneSentence(message, 'is still Scheduled 84 h after it was submitted, past its timeout of 72 h');
  });

  it('is still collected when it ends at last', async () => {
    const world = memoryWorld();
    const job = await started(world);
    world.bedrock.set(arnOf(world), { status: 'Completed' });
    world.passMinutes(limitMinutes + 1000);

    expect(await poll(world, job)).toMatchObject({ over: true });
  });
});
