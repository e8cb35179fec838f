import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Lease } from '../../../lambdas/shared/lease.ts';
import { runTable } from '../../../lambdas/shared/run-table.ts';
import type { Run } from '../../../lambdas/shared/runs.ts';
import { awsError } from '../../support/aws-error.ts';
import { aCreateRequest, aJob } from '../../support/factories.ts';
import { startLocalServices } from '../../support/local-services.ts';

const aRun = (runId: string): Run => ({
  runId,
  executionArns: [`arn:${runId}`],
  status: 'Planning',
  startedAt: '2026-11-02T09:00:00.000Z',
  jobCount: 0,
});
const aLease = (version: number): Lease => ({ bucket: `bucket-${version}`, version, fence: 1, waiters: [] });

const collected = {
  records: { submitted: 1, succeeded: 1, failed: 0, missing: 0 },
  inputTokens: 10,
  outputTokens: 5,
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
    await expect(table.updateRun('gone', { status: 'Failed' })).rejects.toThrow('conditional');
    await expect(table.updateJob({ runId: 'gone', jobName: 'j' }, { status: 'Failed' })).rejects.toThrow('conditional');
    await expect(table.closeJob({ runId: 'gone', jobName: 'j' })).rejects.toThrow('conditional');
    expect(await table.findJob({ runId: 'gone', jobName: 'j' })).toBeUndefined();
  });

  it('keeps a job with everything in it, and finds it by run and name alone', async () => {
    const job = aJob({ runId: 'kept', createRequest: aCreateRequest(aJob()), fence: 2, status: 'Prepared' });

    expect(await table.createJob(job)).toBe(true);

    expect(await table.getJob(job)).toEqual(job);
    expect(await table.findJob({ runId: 'other', jobName: job.jobName })).toBeUndefined();
    await expect(table.getJob({ runId: 'other', jobName: 'j' })).rejects.toThrow('Run other has no job j in the table');
  });

  it('lets a plan be repeated until a job went on from there', async () => {
    const job = aJob({ runId: 'repeated' });
    await table.createJob(job);

    expect(await table.createJob({ ...job, records: 7 })).toBe(true);
    await table.updateJob(job, { status: 'Waiting' });
    expect(await table.createJob({ ...job, records: 9 })).toBe(false);

    expect(await table.getJob(job)).toEqual({ ...job, records: 7, status: 'Waiting' });
  });

  it('ignores fields that are undefined in a change', async () => {
    const job = aJob({ runId: 'partly', failure: { error: 'E', reason: 'first' } });
    await table.createJob(job);

    await table.updateJob(job, { status: 'InProgress', failure: undefined, endedAt: undefined });

    expect(await table.getJob(job)).toEqual({ ...job, status: 'InProgress' });
  });

  it('lists the jobs of a run in the order of their names, and of no other run', async () => {
    await table.createRun(aRun('listed'));
    for (const jobName of ['b-2', 'b-10', 'a-1']) await table.createJob(aJob({ runId: 'listed', jobName }));
    await table.createJob(aJob({ runId: 'listed2', jobName: 'a-2' }));

    expect((await table.listJobs('listed')).map(({ jobName }) => jobName)).toEqual(['a-1', 'b-10', 'b-2']);
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
    expect(await table.getJob(one)).toEqual({ ...one, closed: true, collected });
  });

  it('keeps the fencing number of the latest execution', async () => {
    const job = aJob({ runId: 'fenced' });
    await table.createJob(job);

    expect(await table.setFence(job, 2, 'arn:new')).toBe(true);
    expect(await table.setFence(job, 2, 'arn:new')).toBe(true);
    expect(await table.setFence(job, 1, 'arn:old')).toBe(false);

    expect(await table.getJob(job)).toMatchObject({ fence: 2, executionArn: 'arn:new' });
  });

  it('gives a lease to one of two who saw the same', async () => {
    expect(await table.getLease('bucket-1')).toBeUndefined();

    const first = await Promise.all([
      table.replaceLease(undefined, aLease(1)),
      table.replaceLease(undefined, aLease(1)),
    ]);
    const seen = await table.getLease('bucket-1');
    const next = { ...aLease(1), version: 2 };
    const second = await Promise.all([table.replaceLease(seen, next), table.replaceLease(seen, next)]);

    expect(first.toSorted()).toEqual([false, true]);
    expect(second.toSorted()).toEqual([false, true]);
    expect(await table.replaceLease(seen, { ...aLease(1), version: 3 })).toBe(false);
    expect(await table.getLease('bucket-1')).toEqual(next);
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

    await table.getLease('media-bucket');
    await table.listJobs('r');

    expect(document.commandCalls(GetCommand)[0]?.args[0].input).toEqual({
      TableName: 'runs',
      Key: { pk: 'LEASE#media-bucket', sk: 'LEASE' },
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
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeNames: { '#s0': 'collected', '#r0': 'openJob' },
        ExpressionAttributeValues: { ':s0': collected },
      },
    ]);
  });

  it('does not take a throttled write for a lost race', async () => {
    document.on(PutCommand).rejects(awsError('ProvisionedThroughputExceededException', 400));

    await expect(table.replaceLease(undefined, aLease(1))).rejects.toThrow('ProvisionedThroughputExceeded');
  });

  it('refuses an item of another version instead of guessing', async () => {
    document.on(GetCommand).resolves({ Item: { pk: 'RUN#r', sk: 'RUN', ...aRun('r'), rounds: 2 } });

    await expect(table.getRun('r')).rejects.toThrow('rounds');
  });
});
