import { describe, expect, it } from 'vitest';
import type { Job } from '../../../lambdas/shared/domain/job/job.ts';
import { releaseLock } from '../../../lambdas/shared/domain/lock/release-lock.ts';
import { type CrashPlan, crashing } from '../../support/crashes.ts';
import { anAnalysis, aPlannedRecord, childArnOf } from '../../support/factories.ts';
import { expectOneSentence, messageOfRejection } from '../../support/one-sentence.ts';
import { holding, memoryWorld, planned, type World } from '../../support/world.ts';
import { deadNeighbour, prepare } from './preparing.ts';

describe('the input of a job', () => {
  it('lies at the root, a line for each record and its padding, with whose it is', async () => {
    const world = memoryWorld();
    const records = [aPlannedRecord(1), aPlannedRecord(2, { analysis: 'mood' })];
    const analyses = [anAnalysis(), anAnalysis({ name: 'mood', prompt: 'Mood?', schema: { type: 'object' } })];
    const job = await planned(world, { runId: 'run ä', jobName: 'media-1' }, { records, plan: { analyses } });

    expect(await prepare(world, job, { minimum: 4 })).toEqual({ runId: 'run ä', jobName: 'media-1', next: 'start' });

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
    const job = await planned(world, { modelInvocationType }, { records });

    await prepare(world, job, { minimum: 3 });

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
    const job = await planned(world);
    await prepare(world, job, { minimum: 4 });
    const before = world.store.linesOf(job.batchInputS3Key);

    await prepare(world, job, { minimum: 100 });

    expect(before).toHaveLength(4);
    expect(world.store.linesOf(job.batchInputS3Key)).toEqual(before);
    expect(await world.table.getJob(job)).toMatchObject({ status: 'Prepared', fence: 1 });
  });

  it('is left alone once Bedrock has the job, as after a redrive', async () => {
    const world = memoryWorld();
    const job = await planned(world, { status: 'InProgress', batchJobArn: 'arn:job' });

    expect(await prepare(world, job)).toMatchObject({ next: 'start' });

    expect(world.store.has(job.batchInputS3Key)).toBe(false);
    expect(await world.table.getLock('media-bucket')).toBeUndefined();
  });

  it.each<Partial<Job>>([{ phase: 'closed' }, { phase: 'settling' }, { phase: 'settling', batchJobArn: 'arn:job' }])(
    'is not written for a job that is %o, which is settled',
    async (overrides) => {
      const world = memoryWorld();
      const job = await planned(world, overrides);

      expect(await prepare(world, job)).toMatchObject({ next: 'settle' });

      expect(world.store.has(job.batchInputS3Key)).toBe(false);
      expect(await world.table.getLock('media-bucket')).toBeUndefined();
    },
  );

  it('is not written for a run that a person stopped', async () => {
    const world = memoryWorld();
    const job = await planned(world, { stopRequested: true });

    expectOneSentence(
      await messageOfRejection(prepare(world, job), 'JobRefused'),
      `Job ${job.jobName} is not sent: its run was stopped by a user`,
    );

    expect(world.store.has(job.batchInputS3Key)).toBe(false);
    expect(await world.table.getLock('media-bucket')).toBeUndefined();
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
    await releaseLock(first, world.table);
    await prepare(world, second);
    expect(world.store.keys().filter((key) => key.endsWith('.jsonl'))).toEqual([second.batchInputS3Key]);
    expect(await world.table.getJob(second)).toMatchObject({ status: 'Prepared', fence: 2 });
  });

  it.each(['stray.jsonl', 'deep/er/STRAY.JSONL', 'batch_input_other.jsonl'])(
    'refuses the job when a foreign %s has come meanwhile, and leaves it there',
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

  it('is not cleared of anything while somebody else is there', async () => {
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
      expect(await world.table.getJob(dead), 'its run may go on').toMatchObject({ phase: 'open' });
    },
  );

  it('waits for the input of a job that Bedrock still runs, and keeps it', async () => {
    const world = memoryWorld();
    const other = await deadNeighbour(world, 'InProgress');
    const job = await planned(world);

    const message = await messageOfRejection(prepare(world, job), 'FolderBusy');

    expectOneSentence(message, `${other.batchInputS3Key} belongs to job ${other.jobName}, which may still run`);
    expect(world.store.has(other.batchInputS3Key)).toBe(true);
    expect(world.store.has(job.batchInputS3Key)).toBe(false);
    expect(await world.table.getJob(other)).toMatchObject({ phase: 'open' });
  });
});

describe('a job that loses the lock while it writes', () => {
  it('leaves no input behind and asks again', async () => {
    const world = memoryWorld();
    const job = await planned(world, {}, { records: [aPlannedRecord(1), aPlannedRecord(2)] });
    const thief = await planned(world, { runId: 'thief' });
    const store = {
      ...world.store,
      async *readLineBatches(...given: Parameters<typeof world.store.readLineBatches>) {
        yield* world.store.readLineBatches(...given);
        await holding(world, thief);
      },
    };

    const message = await messageOfRejection(
      prepare(world, job, { executionArn: 'arn:late', storeOf: () => store }),
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
      async *readLineBatches(...given: Parameters<typeof world.store.readLineBatches>) {
        yield* world.store.readLineBatches(...given);
        await prepare(world, job, { executionArn: 'arn:resumed' });
        await world.store.deleteObject(job.batchInputS3Key);
      },
    };

    const writing = prepare(world, job, { executionArn: 'arn:late', storeOf: () => late });

    await expect(writing).rejects.toMatchObject({ name: 'FolderBusy' });
    expect(world.store.has(job.batchInputS3Key)).toBe(false);
    expect(await world.table.getJob(job)).toMatchObject({ fence: 2, executionArn: 'arn:resumed' });
  });
});

describe('a turn', () => {
  it('is written down while it is at work, and not any more when it has ended', async () => {
    const world = memoryWorld();
    const job = await planned(world);
    const seen: unknown[] = [];
    const store = {
      ...world.store,
      async *readLineBatches(...given: Parameters<typeof world.store.readLineBatches>) {
        seen.push((await world.table.getJob(job)).preparing);
        yield* world.store.readLineBatches(...given);
      },
    };

    await prepare(world, job, { storeOf: () => store });

    expect(seen[0]).toEqual({ turn: 'id-1', since: '2026-11-02T09:00:00.000Z' });
    expect((await world.table.getJob(job)).preparing).toBeUndefined();
  });

  it('is not written down any more when it has failed, so that nobody waits for it', async () => {
    const world = memoryWorld();
    const job = await planned(world);
    world.store.put('stray.jsonl');

    await expect(prepare(world, job)).rejects.toMatchObject({ name: 'JobRefused' });

    expect((await world.table.getJob(job)).preparing).toBeUndefined();
  });

  it('that was lost stays written down behind those that came after it, until it cannot be at work any more', async () => {
    const world = memoryWorld();
    const preparing = { turn: 'lost', since: new Date(world.now()).toISOString() };
    const job = await planned(world, { preparing });

    world.passMinutes(15);
    await prepare(world, job);
    expect((await world.table.getJob(job)).preparing).toEqual(preparing);

    world.passMinutes(1);
    await prepare(world, job);
    expect((await world.table.getJob(job)).preparing).toBeUndefined();
  });

  it('that comes when Settle job has begun changes nothing, however late it wakes', async () => {
    const world = memoryWorld();
    const job = await planned(world);
    const table = {
      ...world.table,
      async getJob(reference: { runId: string; jobName: string }) {
        const before = await world.table.getJob(reference);
        await world.table.beginSettling(reference);
        return before;
      },
    };

    expect(await prepare(world, job, { table })).toMatchObject({ next: 'settle' });

    expect(world.store.written).toEqual([]);
    expect(world.claims.all()).toEqual([]);
    expect(await world.table.getLock('media-bucket')).toBeUndefined();
  });
});

describe('crashes', () => {
  it.each([
    ['root', false],
    ['root', true],
    ['staged', false],
    ['staged', true],
  ] as const)('of a %s job at any change are made good by a repeat (change done: %s)', async (layout, isEffective) => {
    let crashes = 0;
    for (let at = 0; ; at++) {
      const world = memoryWorld();
      await deadNeighbour(world);
      world.store.put('proxies/C0001.MP4', { text: 'one' });
      world.store.put('proxies/C0002.MP4', { text: 'two' });
      const etag = world.store.textOf('proxies/C0001.MP4')?.etag;
      const records = [aPlannedRecord(1, { etag, copy: true }), aPlannedRecord(2, { copy: true })];
      const job = await planned(world, { layout }, { records });
      const plan: CrashPlan = { changesLeft: at, isEffective };
      const { table, claims, store, staging } = crashingWorld(world, plan);
      const storeOf = (bucket: string) => (bucket === staging.bucket ? staging : store);
      const error: unknown = await prepare(world, job, { table, claims, storeOf, minimum: 3 }).catch(
        (thrown) => thrown,
      );
      if (!(error instanceof Error)) break;
      expect(error.name).toBe('Crash');
      crashes += 1;

      expect(await prepare(world, job, { minimum: 3 })).toMatchObject({ next: 'start' });

      const input = world.storeOf(job.inputBucket);
      expect(input.jsonLinesOf(job.batchInputS3Key)).toMatchObject([
        { recordId: 'abcdef012345-000001' },
        { recordId: 'abcdef012345-pad-000001' },
        { recordId: 'abcdef012345-pad-000002' },
      ]);
      expect(input.keys().filter((key) => key.startsWith(job.copiesPrefix))).toHaveLength(1);
      const after = await world.table.getJob(job);
      expect(after).toMatchObject({ status: 'Prepared', prepared: { sent: 1, paddingRecords: 2 } });
      expect(after.prepared?.ledgerKeys.flatMap((key) => world.store.jsonLinesOf(key))).toMatchObject([
        { recordId: 'abcdef012345-000002', outcome: 'failed', reason: 'the media is another one than was planned' },
      ]);
      expect(world.claims.all().map(({ recordId, outcome }) => [recordId, outcome])).toEqual([
        ['abcdef012345-000001', undefined],
        ['abcdef012345-000002', 'open'],
      ]);
      if (layout === 'staged') continue;
      expect(world.store.keys().filter((key) => key.endsWith('.jsonl'))).toEqual([job.batchInputS3Key]);
      expect(after).toMatchObject({ fence: 1 });
      expect(await world.table.getLock('media-bucket')).toMatchObject({ fence: 1, owner: { runId: job.runId } });
    }
    expect(crashes).toBeGreaterThanOrEqual(layout === 'root' ? 12 : 9);
  });
});

/** The world's parts, all of which die together at the planned change. */
function crashingWorld({ table, claims, store, staging }: World, plan: CrashPlan) {
  const changesOfStore = ['writeLines', 'writeParts', 'copyHere', 'deleteObject'] as const;
  return {
    table: crashing(table, ['updateUnmadeJob', 'endTurn', 'replaceLock', 'setFence', 'setPrepared'], plan),
    claims: crashing(claims, ['writeClaim', 'markClaim'], plan),
    store: crashing(store, changesOfStore, plan),
    staging: crashing(staging, changesOfStore, plan),
  };
}
