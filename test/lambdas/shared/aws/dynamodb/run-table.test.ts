import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runTable } from '../../../../../lambdas/shared/aws/dynamodb/run-table.ts';
import type { Job } from '../../../../../lambdas/shared/domain/job/job.ts';
import type { Lock } from '../../../../../lambdas/shared/domain/lock/lock.ts';
import type { RunTable } from '../../../../../lambdas/shared/domain/ports/run-table.ts';
import type { Run } from '../../../../../lambdas/shared/domain/run/run.ts';
import { awsError } from '../../../../support/aws-error.ts';
import { aCreateRequest, aJob } from '../../../../support/factories.ts';
import { startLocalServices } from '../../../../support/local-services.ts';

const aRun = (runId: string): Run => ({
  runId,
  executionArns: [`arn:${runId}`],
  status: 'Planning',
  startedAt: '2026-11-02T09:00:00.000Z',
  jobCount: 0,
  requestJson: '{}',
});
const aLock = (version: number): Lock => ({ bucket: `bucket-${version}`, version, fence: 1, queue: [] });

const collected = {
  ledgerKey: 'jobs/j.ledger-collected.ndjson',
  skipped: 0,
  retryable: 0,
  records: { submitted: 1, succeeded: 1, failed: 0, missing: 0 },
  inputTokens: 10,
  outputTokens: 5,
  outputLines: 0,
  duplicateLines: 0,
  foreignLines: 0,
  foreignFiles: [],
};

describe('the table on a real DynamoDB protocol', () => {
  let services: Awaited<ReturnType<typeof startLocalServices>>;
  let table: ReturnType<typeof runTable>;

  beforeAll(async () => {
    services = await startLocalServices();
    table = runTable(services.dynamodb, services.tableName);
  });

  afterAll(async () => {
    await services.close();
  });

  it('creates a run once, and says so the second time without a change', async () => {
    expect(await table.createRun(aRun('once'))).toBe(true);
    expect(await table.createRun({ ...aRun('once'), status: 'Running', executionArns: [] })).toBe(false);
    expect(await table.getRun('once')).toEqual(aRun('once'));
    expect(await table.getRun('never')).toBeUndefined();
  });

  it('changes the named fields of a run and no others', async () => {
    await table.createRun(aRun('changed'));

    await table.updateRun('changed', { status: 'Refused', reason: 'no media', jobCount: undefined });

    expect(await table.getRun('changed')).toEqual({ ...aRun('changed'), status: 'Refused', reason: 'no media' });
  });

  it('never makes an item by changing one: what is gone stays gone', async () => {
    await expect(table.updateRun('gone', { status: 'Failed' })).rejects.toThrow('The table has no item');
    await expect(table.updateJob({ runId: 'gone', jobName: 'j' }, { status: 'Failed' })).rejects.toThrow(
      'The table has no item',
    );
    await expect(table.closeJob({ runId: 'gone', jobName: 'j' })).rejects.toThrow('The table has no item');
    expect(await table.findJob({ runId: 'gone', jobName: 'j' })).toBeUndefined();
  });

  it('keeps a job with everything in it, and finds it by run and name alone', async () => {
    const job = aJob({ runId: 'kept', createRequest: aCreateRequest(aJob()), fence: 2, status: 'Prepared' });

    expect(await table.createJob(job)).toBe(true);

    expect(await table.getJob(job)).toEqual(job);
    expect(await table.findJob({ runId: 'other', jobName: job.jobName })).toBeUndefined();
    await expect(table.getJob({ runId: 'other', jobName: 'j' })).rejects.toThrow('Run other has no job j in the table');
  });

  it('writes a planned job down once, however often its plan is repeated', async () => {
    const job = aJob({ runId: 'repeated' });
    await table.createJob(job);

    expect(await table.createJob({ ...job, records: 7 })).toBe(false);

    expect(await table.getJob(job)).toEqual(job);
  });

  it.each([
    ['setPrepared', (t, job) => t.setPrepared(job, { ledgerKeys: [], sent: 1, paddingRecords: 3 })],
    ['setCreateRequest', (t, job) => t.setCreateRequest(job, aCreateRequest(job))],
    [
      'setCreated',
      (t, job) => t.setCreated(job, { batchJobArn: 'arn:1', submittedAt: '2026-11-02T09:00:00.000Z', history: [] }),
    ],
    ['finishJob', (t, job) => t.finishJob(job, collected)],
  ] as const satisfies [string, (table: RunTable, job: Job) => Promise<boolean>][])(
    '%s happens once: of two one wins, and what came since stays',
    async (verb, write) => {
      const job = aJob({ runId: `once-${verb}` });
      await table.createJob(job);

      const answers = await Promise.all([write(table, job), write(table, job)]);
      await table.updateJob(job, { status: 'Stopping', paddingRecords: 8 });

      expect(answers.toSorted()).toEqual([false, true]);
      expect(await write(table, job)).toBe(false);
      expect(await table.getJob(job)).toMatchObject({ status: 'Stopping', paddingRecords: 8 });
    },
  );

  it.each([
    ['is planned', {}, true],
    ['has its request written down', { createRequest: aCreateRequest(aJob()) }, true],
    ['is at Bedrock', { batchJobArn: 'arn:1' }, false],
    ['is being settled', { phase: 'settling' }, false],
    ['is closed', { phase: 'closed' }, false],
  ] as const)('lets a late function change a job that %s: %j %s', async (what, overrides, isChanged) => {
    const since = '2026-11-02T09:00:00.000Z';
    const job = aJob({ runId: `late-${what}`, status: 'Waiting', waiting: { for: 'root', since }, ...overrides });
    await table.createJob(job);

    expect(await table.updateUnmadeJob(job, { status: 'Prepared', createRequestedAt: since }, ['waiting'])).toBe(
      isChanged,
    );

    const { waiting, ...others } = job;
    const changed = { ...others, status: 'Prepared', createRequestedAt: since };
    expect(await table.getJob(job)).toEqual(isChanged ? changed : { ...others, waiting });
    expect(await table.updateUnmadeJob({ runId: 'nobody', jobName: 'j' }, { status: 'Prepared' })).toBe(false);
  });

  it('ends a turn that is at work, leaves one that came later, and remembers a lost one', async () => {
    const job = aJob({ runId: 'turns' });
    const turnOf = (turn: string) => ({ turn, since: '2026-11-02T09:00:00.000Z' });
    const preparing = async () => (await table.getJob(job)).preparing;
    await table.createJob({ ...job, preparing: turnOf('b') });

    await table.endTurn(job, 'a', undefined);
    expect(await preparing()).toEqual(turnOf('b'));
    await table.endTurn(job, 'b', turnOf('lost'));
    expect(await preparing()).toEqual(turnOf('lost'));
    await table.endTurn(job, 'lost', undefined);
    expect(await preparing()).toBeUndefined();
  });

  it('begins to settle a job with the first failure that is known, and not one that is closed', async () => {
    const [job, closed] = [aJob({ runId: 'settled' }), aJob({ runId: 'settled-before', phase: 'closed' })];
    const failureOf = (reason: string) => ({ error: 'E', reason });
    await table.createJob(job);
    await table.createJob(closed);

    await table.beginSettling(job);
    await table.beginSettling(job, failureOf('first'));
    await table.beginSettling(job, failureOf('second'));
    await table.beginSettling(closed, failureOf('late'));

    expect(await table.getJob(job)).toEqual({ ...job, phase: 'settling', failure: failureOf('first') });
    expect(await table.getJob(closed)).toEqual(closed);
  });

  it('writes down how a job stands until its end is, and nothing after that', async () => {
    const job = aJob({ runId: 'seen' });
    await table.createJob(job);
    const endedAt = '2026-11-02T10:00:00.000Z';

    expect(await table.recordBedrockState(job, { status: 'InProgress', history: [] })).toBe(true);
    expect(await table.recordBedrockState(job, { status: 'Completed', history: [], endedAt })).toBe(true);
    expect(await table.recordBedrockState(job, { status: 'InProgress', history: [] })).toBe(false);

    expect(await table.getJob(job)).toEqual({ ...job, status: 'Completed', endedAt });
  });

  it('ignores fields that are undefined in a change', async () => {
    const job = aJob({ runId: 'partly', failure: { error: 'E', reason: 'first' } });
    await table.createJob(job);

    await table.updateJob(job, { status: 'InProgress', failure: undefined, endedAt: undefined });

    expect(await table.getJob(job)).toEqual({ ...job, status: 'InProgress' });
  });

  it('lists the jobs of a run in the order of its attempts and of the jobs in them, and of no other run', async () => {
    await table.createRun(aRun('listed'));
    const places = { 'b-2': [1, 2], 'b-10': [1, 10], 'b-1': [1, 1], 'a-r2-1': [2, 1] } as const;
    for (const [jobName, [attempt, number]] of Object.entries(places)) {
      await table.createJob(aJob({ runId: 'listed', jobName, attempt, number }));
    }
    await table.createJob(aJob({ runId: 'listed2', jobName: 'a-2' }));

    expect((await table.listJobs('listed')).map(({ jobName }) => jobName)).toEqual(['b-1', 'b-2', 'b-10', 'a-r2-1']);
    expect(await table.listJobs('nobody')).toEqual([]);
  });

  it('takes a job out of the open ones once it is collected, and not when it is closed', async () => {
    const [one, other] = [aJob({ runId: 'open-1' }), aJob({ runId: 'open-2' })];
    await table.createJob(one);
    await table.createJob(other);

    await table.closeJob(one);
    await table.closeJob(one);
    await table.closeJob(other);
    await table.finishJob(one, collected);

    const open = await table.listOpenJobs();
    expect(open).toContainEqual({ runId: 'open-2', jobName: other.jobName });
    expect(open).not.toContainEqual({ runId: 'open-1', jobName: one.jobName });
    expect(await table.getJob(one)).toEqual({ ...one, phase: 'closed', collected });
  });

  it('takes a run out of the open ones once it is finished', async () => {
    await table.createRun(aRun('open-run'));
    await table.createRun(aRun('over-run'));

    await table.finishRun('over-run', { status: 'Stopped', reason: 'a person stopped it' });

    const open = await table.listOpenRuns();
    expect(open).toContain('open-run');
    expect(open).not.toContain('over-run');
    expect(await table.getRun('over-run')).toMatchObject({ status: 'Stopped', reason: 'a person stopped it' });
  });

  it('adds an execution to a run for one of two recoveries that saw the same', async () => {
    await table.createRun(aRun('recovered'));

    const added = await Promise.all([
      table.addExecution('recovered', 1, 'arn:a'),
      table.addExecution('recovered', 1, 'arn:b'),
    ]);

    expect(added.toSorted()).toEqual([false, true]);
    expect((await table.getRun('recovered'))?.executionArns).toHaveLength(2);
    expect(await table.addExecution('nobody', 0, 'arn:c')).toBe(false);
  });

  it('keeps the fencing number of the latest execution', async () => {
    const job = aJob({ runId: 'fenced' });
    await table.createJob(job);

    expect(await table.setFence(job, 2, 'arn:new')).toBe(true);
    expect(await table.setFence(job, 2, 'arn:new')).toBe(true);
    expect(await table.setFence(job, 1, 'arn:old')).toBe(false);

    expect(await table.getJob(job)).toMatchObject({ fence: 2, executionArn: 'arn:new' });
  });

  it('gives a lock to one of two who saw the same', async () => {
    expect(await table.getLock('bucket-1')).toBeUndefined();

    const first = await Promise.all([table.replaceLock(undefined, aLock(1)), table.replaceLock(undefined, aLock(1))]);
    const seen = await table.getLock('bucket-1');
    const next = { ...aLock(1), version: 2 };
    const second = await Promise.all([table.replaceLock(seen, next), table.replaceLock(seen, next)]);

    expect(first.toSorted()).toEqual([false, true]);
    expect(second.toSorted()).toEqual([false, true]);
    expect(await table.replaceLock(seen, { ...aLock(1), version: 3 })).toBe(false);
    expect(await table.getLock('bucket-1')).toEqual(next);
  });
});

describe('what the table sends', () => {
  // The class, because the table makes its document client itself; hence only here, and not beside the real protocol.
  let document: ReturnType<typeof mockDocumentClient>;
  const mockDocumentClient = () => mockClient(DynamoDBDocumentClient);
  const table = runTable(new DynamoDBClient({ region: 'us-east-1' }), 'runs');

  beforeEach(() => {
    document = mockDocumentClient();
  });

  afterEach(() => {
    document.restore();
  });

  it('reads what was written last', async () => {
    document.on(GetCommand).resolves({});
    document.on(QueryCommand).resolves({});

    await table.getLock('media-bucket');
    await table.listJobs('r');

    expect(document.commandCalls(GetCommand)[0]?.args[0].input).toEqual({
      TableName: 'runs',
      Key: { pk: 'LOCK#media-bucket', sk: 'LOCK' },
      ConsistentRead: true,
    });
    expect(document.commandCalls(QueryCommand)[0]?.args[0].input).toMatchObject({ ConsistentRead: true });
  });

  it('finishes a job with one conditional write', async () => {
    document.on(UpdateCommand).resolves({});

    await table.finishJob({ runId: 'r', jobName: 'j' }, collected);

    expect(document.commandCalls(UpdateCommand).map((call) => call.args[0].input)).toEqual([
      {
        TableName: 'runs',
        Key: { pk: 'RUN#r', sk: 'JOB#j' },
        UpdateExpression: 'SET #s0 = :s0 REMOVE #r0',
        ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(collected)',
        ExpressionAttributeNames: { '#s0': 'collected', '#r0': 'openJob' },
        ExpressionAttributeValues: { ':s0': collected },
      },
    ]);
  });

  it('does not take a throttled write for a lost race', async () => {
    document.on(PutCommand).rejects(awsError('ProvisionedThroughputExceededException', 400));

    await expect(table.replaceLock(undefined, aLock(1))).rejects.toThrow('ProvisionedThroughputExceeded');
  });
});
