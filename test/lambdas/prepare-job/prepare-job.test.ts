import { describe, expect, it } from 'vitest';
import { prepareJob } from '../../../lambdas/prepare-job/prepare-job.ts';
import type { Job } from '../../../lambdas/shared/jobs.ts';
import { leaveTheLease } from '../../../lambdas/shared/leave-lease.ts';
import { type CrashPlan, crashing } from '../../support/crashes.ts';
import { aCreateRequest, anAnalysis, aPlannedRecord, childArnOf } from '../../support/factories.ts';
import { expectOneSentence, messageOfRejection } from '../../support/one-sentence.ts';
import { holding, memoryWorld, planned, putInputOf, type World } from '../../support/world.ts';

function prepare(world: World, job: Job, executionArn = childArnOf(job.runId)) {
  return prepareJob({ runId: job.runId, jobName: job.jobName, executionArn }, world);
}

/** A job of another run that has its input at the root; its execution is dead for an hour. */
async function deadNeighbour(world: World, status?: 'InProgress' | 'Completed'): Promise<Job> {
  const job = await planned(world, { runId: 'dead' });
  await world.table.updateJob(job, { status: 'Prepared', executionArn: childArnOf('dead'), fence: 1 });
  if (status !== undefined) {
    const createRequest = aCreateRequest(job);
    await world.table.updateJob(job, { createRequest, batchJobArn: world.bedrock.add(createRequest, { status }) });
  }
  world.executions.end(childArnOf('dead'), world.now() - 3_600_000);
  putInputOf(world, job);
  return job;
}

describe('the input of a job', () => {
  it('lies at the root, a line for each record and its padding, with whose it is', async () => {
    const world = memoryWorld();
    const records = [aPlannedRecord(1), aPlannedRecord(2, { analysis: 'mood' })];
    const analyses = [anAnalysis(), anAnalysis({ name: 'mood', prompt: 'Mood?', schema: { type: 'object' } })];
    const job = await planned(
      world,
      { runId: 'run ä', jobName: 'media-1', paddingRecords: 2 },
      { records, plan: { analyses } },
    );

    expect(await prepare(world, job)).toEqual({ runId: 'run ä', jobName: 'media-1' });

    expect(world.store.jsonLinesOf('batch_input_media-1.jsonl')).toMatchObject([
      {
        recordId: 'abcdef012345-000001',
        modelInput: {
          messages: [
            {
              content: [
                { video: { source: { s3Location: { uri: 's3://media-bucket/proxies/C0001.MP4' } } } },
                { text: 'List the shots of C0001.MP4.' },
              ],
            },
          ],
        },
      },
      {
        recordId: 'abcdef012345-000002',
        modelInput: { messages: [{ content: [{}, { text: expect.stringMatching(/^Mood\?/) }] }] },
      },
      { recordId: 'abcdef012345-pad-000001', modelInput: { inferenceConfig: { maxTokens: 1 } } },
      { recordId: 'abcdef012345-pad-000002' },
    ]);
    expect(world.store.metadataOf('batch_input_media-1.jsonl')).toEqual({
      'media-batch-run': 'run%20%C3%A4',
      'media-batch-job': 'media-1',
    });
    expect(await world.table.getJob(job)).toMatchObject({
      status: 'Prepared',
      fence: 1,
      executionArn: childArnOf('run ä'),
    });
  });

  it.each([
    ['InvokeModel', true],
    ['Converse', false],
  ] as const)('is written in the words of %s throughout, padding too', async (modelInvocationType, hasVersion) => {
    const world = memoryWorld();
    const records = [aPlannedRecord(1), aPlannedRecord(2)];
    const job = await planned(world, { modelInvocationType, paddingRecords: 1 }, { records });

    await prepare(world, job);

    const lines = world.store.linesOf(job.batchInputS3Key);
    expect(lines).toHaveLength(3);
    expect(lines.map((line) => line.includes('"schemaVersion":"messages-v1"'))).toEqual(lines.map(() => hasVersion));
  });

  it('never names media outside of the bucket of the job', async () => {
    const world = memoryWorld();
    const job = await planned(world, {}, { records: [aPlannedRecord(1), aPlannedRecord(2)] });

    await prepare(world, job);

    for (const line of world.store.linesOf(job.batchInputS3Key)) {
      expect(line.match(/s3:\/\/[^/]+\//g)).toEqual(['s3://media-bucket/']);
    }
  });

  it('is written again by a repeat, the same to the letter, under the same number', async () => {
    const world = memoryWorld();
    const job = await planned(world, { paddingRecords: 3 });
    await prepare(world, job);
    const before = world.store.linesOf(job.batchInputS3Key);

    await prepare(world, job);

    expect(world.store.linesOf(job.batchInputS3Key)).toEqual(before);
    expect(await world.table.getJob(job)).toMatchObject({ status: 'Prepared', fence: 1 });
  });

  it('is left alone once Bedrock has the job, as after a redrive', async () => {
    const world = memoryWorld();
    const job = await planned(world, { status: 'InProgress', batchJobArn: 'arn:job' });

    await prepare(world, job);

    expect(world.store.has(job.batchInputS3Key)).toBe(false);
    expect(await world.table.getLease('media-bucket')).toBeUndefined();
  });

  it('is not written for a closed job', async () => {
    const world = memoryWorld();
    const job = await planned(world, { closed: true });

    await prepare(world, job);

    expect(world.store.has(job.batchInputS3Key)).toBe(false);
    expect(await world.table.getLease('media-bucket')).toBeUndefined();
  });

  it('is refused when the plan lacks an analysis that a record asks', async () => {
    const world = memoryWorld();
    const job = await planned(world, {}, { records: [aPlannedRecord(1, { analysis: 'gone' })] });

    const message = await messageOfRejection(prepare(world, job), 'JobRefused');

    expectOneSentence(message, 'asks gone, which the plan lacks');
    expect(world.store.has(job.batchInputS3Key)).toBe(false);
  });
});

describe('the root of the bucket', () => {
  it('makes a second job wait, without an input, until the first has left', async () => {
    const world = memoryWorld();
    const [first, second] = [await planned(world, { runId: 'first' }), await planned(world, { runId: 'second' })];
    await prepare(world, first);

    await expect(prepare(world, second)).rejects.toMatchObject({ name: 'FolderBusy' });
    expect(world.store.has(second.batchInputS3Key)).toBe(false);
    expect(await world.table.getJob(second)).toMatchObject({ status: 'Waiting', executionArn: childArnOf('second') });

    await world.store.deleteObject(first.batchInputS3Key);
    await leaveTheLease(first, world.table);
    await prepare(world, second);
    expect(world.store.keys().filter((key) => key.endsWith('.jsonl'))).toEqual([second.batchInputS3Key]);
    expect(await world.table.getJob(second)).toMatchObject({ status: 'Prepared', fence: 2 });
  });

  it.each(['stray.jsonl', 'deep/er/STRAY.JSONL', 'batch_input_other.jsonl'])(
    "refuses the job when a stranger's %s has come meanwhile, and leaves it there",
    async (key) => {
      const world = memoryWorld();
      const job = await planned(world);
      world.store.put(key, { text: 'mine' });

      const message = await messageOfRejection(prepare(world, job), 'JobRefused');

      expectOneSentence(message, `has "${key}", which a job over the bucket's root would run and bill`);
      expect(world.store.linesOf(key)).toEqual(['mine']);
      expect(world.store.has(job.batchInputS3Key)).toBe(false);
    },
  );

  it('is not cleared of anything while a stranger is there', async () => {
    const world = memoryWorld();
    const dead = await deadNeighbour(world);
    const job = await planned(world);
    world.store.put('stray.jsonl');

    await expect(prepare(world, job)).rejects.toMatchObject({ name: 'JobRefused' });

    expect(world.store.has(dead.batchInputS3Key)).toBe(true);
    expect(world.store.deleted).toEqual([]);
  });

  it.each([undefined, 'Completed'] as const)(
    'is cleared of what a dead job of ours left there, whose Bedrock job is %s',
    async (status) => {
      const world = memoryWorld();
      const dead = await deadNeighbour(world, status);
      const job = await planned(world);

      await prepare(world, job);

      expect(world.store.keys().filter((key) => key.endsWith('.jsonl'))).toEqual([job.batchInputS3Key]);
      expect(await world.table.getJob(dead)).toMatchObject({ closed: true });
    },
  );

  it('waits for the input of a job that Bedrock still runs, and keeps it', async () => {
    const world = memoryWorld();
    const other = await deadNeighbour(world, 'InProgress');
    const job = await planned(world);

    const message = await messageOfRejection(prepare(world, job), 'FolderBusy');

    expectOneSentence(message, `${other.batchInputS3Key} belongs to job ${other.jobName}, which still runs`);
    expect(world.store.has(other.batchInputS3Key)).toBe(true);
    expect(world.store.has(job.batchInputS3Key)).toBe(false);
    expect(await world.table.getJob(other)).toMatchObject({ closed: false });
  });
});

describe('a job that loses the lease while it writes', () => {
  it('leaves no input behind and asks again', async () => {
    const world = memoryWorld();
    const job = await planned(world, {}, { records: [aPlannedRecord(1), aPlannedRecord(2)] });
    const thief = await planned(world, { runId: 'thief' });
    const store = {
      ...world.store,
      async *readLines(key: string) {
        yield* world.store.readLines(key);
        await holding(world, thief);
      },
    };

    const message = await messageOfRejection(
      prepareJob({ runId: job.runId, jobName: job.jobName, executionArn: 'arn:late' }, { ...world, store }),
      'FolderBusy',
    );

    expectOneSentence(message, `Job ${job.jobName} lost the root of bucket media-bucket while it wrote its input`);
    expect(world.store.has(job.batchInputS3Key)).toBe(false);
    expect(await world.table.getJob(job)).toMatchObject({ status: 'Planned' });
  });

  it('to its own resumed execution leaves no input either', async () => {
    const world = memoryWorld();
    const job = await planned(world);
    const late = {
      ...world.store,
      async *readLines(key: string) {
        yield* world.store.readLines(key);
        await prepare(world, job, 'arn:resumed');
        await world.store.deleteObject(job.batchInputS3Key);
      },
    };

    const writing = prepareJob(
      { runId: job.runId, jobName: job.jobName, executionArn: 'arn:late' },
      { ...world, store: late },
    );

    await expect(writing).rejects.toMatchObject({ name: 'FolderBusy' });
    expect(world.store.has(job.batchInputS3Key)).toBe(false);
    expect(await world.table.getJob(job)).toMatchObject({ fence: 2, executionArn: 'arn:resumed' });
  });
});

it.each([false, true])('a crash at any change is made good by a repeat (change done: %s)', async (isEffective) => {
  let crashes = 0;
  for (let at = 0; ; at++) {
    const world = memoryWorld();
    await deadNeighbour(world);
    const job = await planned(world, { paddingRecords: 1 });
    const plan: CrashPlan = { changesLeft: at, isEffective };
    const table = crashing(world.table, ['updateJob', 'closeJob', 'replaceLease'], plan);
    const store = crashing(world.store, ['writeLines', 'deleteObject'], plan);
    const input = { runId: job.runId, jobName: job.jobName, executionArn: childArnOf(job.runId) };
    const error: unknown = await prepareJob(input, { ...world, table, store }).catch((thrown) => thrown);
    if (!(error instanceof Error)) break;
    expect(error.name).toBe('Crash');
    crashes += 1;

    await prepare(world, job);

    expect(world.store.keys().filter((key) => key.endsWith('.jsonl'))).toEqual([job.batchInputS3Key]);
    expect(world.store.linesOf(job.batchInputS3Key)).toHaveLength(2);
    expect(await world.table.getJob(job)).toMatchObject({ status: 'Prepared', fence: 1 });
    expect(await world.table.getLease('media-bucket')).toMatchObject({ fence: 1, holder: { runId: job.runId } });
  }
  expect(crashes).toBeGreaterThanOrEqual(5);
});
