import { describe, expect, it } from 'vitest';
import type { BedrockStatus } from '../../../lambdas/shared/domain/job/bedrock-status.ts';
import { maxStatePayloadBytes } from '../../../lambdas/shared/domain/limits.ts';
import { outcomeSchema } from '../../../lambdas/shared/domain/run/outcome.ts';
import { runEndedSchema } from '../../../lambdas/shared/domain/run/run-ended.ts';
import { awsError } from '../../support/aws-error.ts';
import { withNotSent } from '../../support/completed-job.ts';
import { type CrashPlan, crashing } from '../../support/crashes.ts';
import { aCreateRequest, startOfStory } from '../../support/factories.ts';
import { expectOneSentence, messageOfRejection } from '../../support/one-sentence.ts';
import { type GivenEntry, ranJobs, report } from '../../support/reported-run.ts';
import { memoryWorld, type World } from '../../support/world.ts';

const folder = 'nova/batch/runs/run-1/';
const outcomeKey = `${folder}outcome.json`;
const ledgerKey = `${folder}ledger/records.ndjson`;

const ok: GivenEntry = { outcome: 'succeeded' };
const bad: GivenEntry = { outcome: 'failed', reason: '400: Bad video' };
const slow: GivenEntry = { outcome: 'failed', reason: '429: Slow down', retryable: true };
const lost: GivenEntry = { outcome: 'missing', reason: 'no answer' };
/** A record of attempt 2 that was sent before as the `number`-th of the first job of attempt 1. */
const sentAfter = (number: number, entry: GivenEntry): GivenEntry => ({
  ...entry,
  earlier: [{ recordId: `100000000001-00000${number}`, reason: '429: Slow down' }],
});
const zero = { submitted: 0, succeeded: 0, failed: 0, missing: 0 };
const twoRecords = [{}, {}];
const threeRecords = [{}, {}, {}];

describe('the outcome of a run', () => {
  it('names each job with its ARN, its keys and its counts, and says where everything is', async () => {
    const world = memoryWorld();
    await ranJobs(world, [[{ ledger: [ok, ok, bad], job: { paddingRecords: 97 } }]]);

    const outcome = await report(world);

    expect(outcome).toEqual({
      formatVersion: 1,
      runId: 'run-1',
      status: 'PartlySucceeded',
      reason: '2 of 3 records succeeded, 1 failed and 0 are missing: the ledger has the reason of each.',
      modelId: 'us.amazon.nova-lite-v1:0',
      media: 3,
      records: { submitted: 3, succeeded: 2, failed: 1, missing: 0 },
      reasons: [{ outcome: 'failed', reason: '400: Bad video', records: 1 }],
      skipped: { total: 0, byReason: {} },
      attempts: 1,
      layout: { layout: 'root', reason: 'the request says so', stagedBytes: 0, stagedUsd: 0 },
      jobs: [
        {
          jobName: 'run-1-r1-1',
          attempt: 1,
          layout: 'root',
          batchJobArn: 'arn:job',
          batchInputS3Key: 'batch_input_run-1-r1-1.jsonl',
          batchOutputS3Prefix: 'nova/batch/output/run-1-r1-1/',
          status: 'Completed',
          reason: undefined,
          records: { submitted: 3, succeeded: 2, failed: 1, missing: 0 },
          paddingRecords: 97,
        },
      ],
      jobCount: 1,
      cost: {
        ...{ inputTokens: 2_000_000, outputTokens: 100_000, batchUsd: 0.072, onDemandUsd: 0.144 },
        byAnalysis: { shots: { inputTokens: 0, outputTokens: 0, batchUsd: 0, onDemandUsd: 0 } },
      },
      resultsUri: 's3://media-bucket/nova/batch/results/',
      ledgerUri: `s3://media-bucket/${folder}ledger/`,
      outcomeUri: `s3://media-bucket/${outcomeKey}`,
      reportUri: `s3://media-bucket/${folder}report.html`,
      endedAt: new Date(startOfStory).toISOString(),
    });
    expect(world.store.jsonOf(outcomeKey)).toEqual(JSON.parse(JSON.stringify(outcome)));
    expect(await world.table.getRun('run-1')).toMatchObject({ status: 'PartlySucceeded', reason: outcome.reason });
    expect(await world.table.listOpenRuns()).toEqual([]);
  });

  it('sums up all jobs of the run and no other', async () => {
    const world = memoryWorld();
    await ranJobs(world, [[{ ledger: [ok, ok, bad] }, { ledger: [ok, lost] }]]);
    await ranJobs(world, [[{ ledger: [ok] }]], { run: { runId: 'run-2' } });

    expect(await report(world)).toMatchObject({
      records: { submitted: 5, succeeded: 3, failed: 1, missing: 1 },
      jobCount: 2,
      cost: { inputTokens: 4_000_000, outputTokens: 200_000 },
    });
  });

  it('has at most 100 jobs in the output of the execution, and all of them in outcome.json', async () => {
    const world = memoryWorld();
    await ranJobs(world, [Array.from({ length: 103 }, () => ({ ledger: [ok] }))]);

    const outcome = await report(world);

    expect(outcome.jobs).toHaveLength(100);
    expect(outcome).toMatchObject({ jobCount: 103, records: { submitted: 103 } });
    expect(outcomeSchema.parse(world.store.jsonOf(outcomeKey)).jobs).toHaveLength(103);
    expect(JSON.stringify(outcome).length).toBeLessThan(256 * 1024);
  });

  it('has short reasons in the output of the execution, however long all of it is, and whole ones in outcome.json', async () => {
    const world = memoryWorld();
    // Of three bytes each, in the longest of names and keys that there can be.
    const reasonOf = (at: number) => `${String.fromCharCode(0x3041 + at)}はなぜ`.repeat(1000);
    const jobs = Array.from({ length: 101 }, (_, at) => {
      const jobName = `${'j'.repeat(60)}${100 + at}`;
      const names = {
        jobName,
        batchJobArn: `arn:aws-us-gov:bedrock:us-gov-west-1:111122223333:model-invocation-job/${'j'.repeat(12)}`,
        batchInputS3Key: `${jobName}/batch_input_${jobName}.jsonl`,
        batchOutputS3Prefix: `${'o'.repeat(199)}/${jobName}/`,
      };
      const failure = { error: 'JobRefused', reason: reasonOf(at % 80) };
      return { planned: twoRecords, job: { ...names, paddingRecords: 99_998, failure } };
    });
    const usage = { inputTokens: 1_234_567_891, outputTokens: 1_234_567_891 };
    const ledger = Array.from({ length: 200 }, (_, at) => ({
      ...ok,
      analysis: `${'a'.repeat(61)}${100 + at}`,
      ...usage,
    }));
    await ranJobs(world, [[...jobs, { ledger }]], { attempt: { layoutReason: reasonOf(0) } });

    const outcome = await report(world, { failure: { error: 'RequestRefused', cause: reasonOf(1) } });

    expect(Buffer.byteLength(JSON.stringify(outcome))).toBeLessThan(maxStatePayloadBytes);
    expect(outcome.jobs[0]?.reason).toBe(`${reasonOf(0).slice(0, 300)}…`);
    const whole = outcomeSchema.parse(world.store.jsonOf(outcomeKey));
    expect(whole.jobs.slice(0, -1).map(({ reason }) => reason)).toEqual(jobs.map(({ job }) => job.failure.reason));
    expect(whole.layout?.reason).toBe(reasonOf(0));
    expect(Object.keys(outcome.cost.byAnalysis ?? {})).toHaveLength(50);
    // And "shots", which the jobs without a ledger ask.
    expect(Object.keys(whole.cost.byAnalysis ?? {})).toHaveLength(201);
  });

  it('says in the output of the execution why the run did not succeed as fully as people need it', async () => {
    const world = memoryWorld();
    await ranJobs(world, []);
    const sentence = `Bucket media-bucket has ${[1, 2, 3].map((at) => JSON.stringify(`${at}${'x'.repeat(1023)}`)).join(', ')}.`;

    const outcome = await report(world, { failure: { error: 'RequestRefused', cause: sentence } });

    expect(outcome.reason).toBe(sentence);
  });

  it('has what was skipped by reason: by the plan, and when it was to be sent', async () => {
    const world = memoryWorld();
    const skipped = { total: 3, byReason: { empty: 1, 'pending in another run': 2 } };
    const theirs: GivenEntry = { outcome: 'skipped', reason: 'pending in another run' };
    await ranJobs(world, [[{ ledger: [ok, theirs] }, { ledger: [theirs] }]], { plan: { skipped } });

    expect(await report(world)).toMatchObject({
      status: 'Succeeded',
      records: { submitted: 1, succeeded: 1 },
      skipped: { total: 5, byReason: { empty: 1, 'pending in another run': 4 } },
    });
    expect(world.store.jsonLinesOf(ledgerKey)).toHaveLength(1);
    expect(world.store.jsonLinesOf(`${folder}ledger/skipped-later.ndjson`)).toMatchObject([
      { key: 'proxies/C0102.MP4', outcome: 'skipped', reason: 'pending in another run' },
      { key: 'proxies/C0201.MP4', outcome: 'skipped' },
    ]);
  });

  it('of which everything was skipped is NothingToDo', async () => {
    const world = memoryWorld();
    await ranJobs(world, [[{ ledger: [{ outcome: 'skipped', reason: 'answered by an earlier run' }] }]]);

    expect(await report(world)).toMatchObject({ status: 'NothingToDo', records: zero, skipped: { total: 1 } });
  });
});

describe('the ledger of a run with several attempts', () => {
  it('has each record once, with its earlier sendings, and the counts are its own', async () => {
    const world = memoryWorld();
    await ranJobs(
      world,
      [
        [{ ledger: [ok, slow, slow, bad, slow] }],
        [{ ledger: [sentAfter(2, ok), sentAfter(3, bad)] }, { ledger: [sentAfter(5, ok)] }],
      ],
      { attempt: { staging: { objects: 1, bytes: 500, usd: 0.5 } } },
    );

    const outcome = await report(world);

    expect(outcome).toMatchObject({
      status: 'PartlySucceeded',
      attempts: 2,
      records: { submitted: 5, succeeded: 3, failed: 2, missing: 0 },
      reasons: [{ outcome: 'failed', reason: '400: Bad video', records: 2 }],
      layout: { stagedBytes: 1000, stagedUsd: 1 },
      jobCount: 3,
      cost: { inputTokens: 6_000_000 },
    });
    const ledger = world.store.jsonLinesOf(ledgerKey).map((line) => Object(line));
    expect(ledger.map(({ recordId, outcome: became }) => [recordId, became])).toEqual([
      ['100000000001-000001', 'succeeded'],
      ['200000000001-000001', 'succeeded'],
      ['200000000001-000002', 'failed'],
      ['100000000001-000004', 'failed'],
      ['200000000002-000001', 'succeeded'],
    ]);
    expect(ledger[1].earlier).toEqual([{ recordId: '100000000001-000002', reason: '429: Slow down' }]);
    for (const entry of ledger) expect(entry).not.toHaveProperty('retryable');
  });

  it('accounts for an attempt without collected results', async () => {
    const world = memoryWorld();
    const planned = [1, 2].map((number) => sentAfter(number, lost));
    await ranJobs(world, [[{ ledger: [slow, slow] }], [{ planned, job: { status: 'Waiting' } }]]);

    expect(await report(world)).toMatchObject({ records: { submitted: 2, succeeded: 0, failed: 0, missing: 2 } });
    expect(world.store.jsonLinesOf(ledgerKey)).toMatchObject([
      { recordId: '200000000001-000001', outcome: 'missing', reason: 'not collected: the job was last seen Waiting' },
      { recordId: '200000000001-000002', outcome: 'missing' },
    ]);
  });
});

describe('a job that could not be collected', () => {
  it.each([
    [{ status: 'Waiting' }, 'not collected: the job was last seen Waiting'],
    [
      { status: 'InProgress', failure: { error: 'E', reason: 'the child crashed' } },
      'not collected: the child crashed',
    ],
  ] as const)('has all of its records in the ledger as missing: %j', async (overrides, reason) => {
    const world = memoryWorld();
    const [job] = await ranJobs(world, [[{ planned: twoRecords, job: { ...overrides, paddingRecords: 98 } }]]);

    expect(await report(world)).toMatchObject({
      status: 'Failed',
      records: { submitted: 2, succeeded: 0, failed: 0, missing: 2 },
      reasons: [{ outcome: 'missing', reason, records: 2 }],
      jobs: [{ status: overrides.status, paddingRecords: 98 }],
    });

    const entry = { analysis: 'shots', outcome: 'missing', reason };
    expect(world.store.jsonLinesOf(ledgerKey)).toEqual([
      { ...entry, recordId: '100000000001-000001', key: 'proxies/C0101.MP4' },
      { ...entry, recordId: '100000000001-000002', key: 'proxies/C0102.MP4' },
    ]);
    const { collected } = await world.table.getJob({ runId: 'run-1', jobName: job?.jobName ?? '' });
    expect(collected).toMatchObject({ records: { missing: 2 }, retryable: 0 });
    expect(collected?.ledgerKey).toBe(`${folder}jobs/run-1-r1-1.ledger-unanswered.ndjson`);
    expect(await world.table.listOpenJobs()).toEqual([]);
  });

  it('keeps the outcome of records that were never to be sent', async () => {
    const world = memoryWorld();
    const [job] = await ranJobs(world, [[{ planned: threeRecords }]]);
    if (job === undefined) throw new Error('The run has no job.');
    await withNotSent(world, job, {
      1: { outcome: 'skipped', reason: 'pending in another run' },
      3: { outcome: 'failed', reason: 'the media is gone' },
    });

    expect(await report(world)).toMatchObject({
      records: { submitted: 2, succeeded: 0, failed: 1, missing: 1 },
      skipped: { total: 1, byReason: { 'pending in another run': 1 } },
    });
  });

  it('does not make those of its neighbour missing: one failed job fails no other', async () => {
    const world = memoryWorld();
    const failure = { error: 'JobRefused', reason: 'no slot' };
    await ranJobs(world, [[{ ledger: [ok, ok, ok, ok] }, { planned: [{}], job: { failure } }]]);

    expect(await report(world)).toMatchObject({
      status: 'PartlySucceeded',
      records: { submitted: 5, succeeded: 4, failed: 0, missing: 1 },
      reason: '4 of 5 records succeeded, 0 failed and 1 are missing: no slot',
    });
  });

  it('keeps results that are collected at the last moment', async () => {
    const world = memoryWorld();
    const late = memoryWorld();
    const [job] = await ranJobs(late, [[{ ledger: [ok, bad] }]]);
    await ranJobs(world, [[{ planned: twoRecords }]]);
    const collected = job?.collected;
    if (collected === undefined) throw new Error('The other world has no collected job.');
    world.store.put(collected.ledgerKey, { text: late.store.linesOf(collected.ledgerKey).join('\n') });
    const writeLines: typeof world.store.writeLines = async (key, lines) => {
      await world.store.writeLines(key, lines);
      if (key.includes('unanswered')) await world.table.finishJob({ runId: 'run-1', jobName: 'run-1-r1-1' }, collected);
    };

    const outcome = await report(world, { parts: { store: { ...world.store, writeLines } } });

    expect(outcome.records).toEqual({ submitted: 2, succeeded: 1, failed: 1, missing: 0 });
  });

  it('that was planned and never created in the table has its records in the ledger all the same', async () => {
    const world = memoryWorld();
    await ranJobs(world, [[{ ledger: [ok] }, { planned: twoRecords, isInTable: false }]]);

    expect(await report(world)).toMatchObject({
      status: 'PartlySucceeded',
      records: { submitted: 3, succeeded: 1, failed: 0, missing: 2 },
      reason: '1 of 3 records succeeded, 0 failed and 2 are missing: the ledger has the reason of each.',
      reasons: [{ reason: 'never sent: the job was not created', records: 2 }],
    });
  });
});

describe('a run whose plan failed while jobs may go on', () => {
  const failure = { error: 'Throttled', cause: '{"errorMessage":"Rate exceeded"}' };

  it.each([
    ['is not collected', {}],
    ['was never written down', { isInTable: false }],
  ])('is not ended, so that it is resumed: one %s', async (_, given) => {
    const world = memoryWorld();
    const [, job] = await ranJobs(world, [[{ ledger: [ok] }, { planned: twoRecords, ...given }]]);
    if (job) world.bedrock.add(aCreateRequest(job), { status: 'InProgress' });
    const before = [await world.table.getRun('run-1'), await world.table.listJobs('run-1')];

    expectOneSentence(
      await messageOfRejection(report(world, { failure }), 'RunNotOver'),
      'Run run-1 was interrupted by Throttled and cannot be reported without the results of 1 job',
    );
    expect([await world.table.getRun('run-1'), await world.table.listJobs('run-1')]).toEqual(before);
    expect(world.store.written).toEqual([]);
    expect(world.bedrock.calls).toEqual([]);
  });

  it('is ended where all of its jobs are collected', async () => {
    const world = memoryWorld();
    await ranJobs(world, [[{ ledger: [ok, bad] }]]);

    expect(await report(world, { failure })).toMatchObject({
      status: 'PartlySucceeded',
      reason: '1 of 2 records succeeded, 1 failed and 0 are missing: Rate exceeded',
    });
  });
});

describe('a job that no child could end', () => {
  /** One job of a run at Bedrock; with its ARN lost, nobody wrote down that it was made. */
  async function atBedrock(world: World, status: BedrockStatus, { isArnLost = false } = {}) {
    const [job] = await ranJobs(world, [[{ planned: twoRecords, job: { status: 'InProgress' } }]]);
    if (job === undefined) throw new Error('The run has a job.');
    const createRequest = aCreateRequest(job);
    const batchJobArn = world.bedrock.add(createRequest, { status });
    await world.table.updateJob(job, { createRequest, ...(isArnLost ? {} : { batchJobArn }) });
    return { job, batchJobArn };
  }

  it.each([false, true])('is stopped, and the run does not end before it (ARN lost: %s)', async (isArnLost) => {
    const world = memoryWorld();
    const { batchJobArn } = await atBedrock(world, 'InProgress', { isArnLost });

    for (const _ of ['first', 'again']) {
      expectOneSentence(
        await messageOfRejection(report(world), 'JobStillRunning'),
        'The report waits for 1 job without collected results that may still run, such as run-1-r1-1',
      );
    }
    expect(world.bedrock.stopped).toEqual([batchJobArn]);
    expect(await world.table.listOpenRuns()).toEqual(['run-1']);
    expect(await world.table.listOpenJobs()).toHaveLength(1);
    expect(world.store.written).toEqual([]);

    world.bedrock.set(batchJobArn, { status: 'Stopped' });
    expect(await report(world)).toMatchObject({ records: { submitted: 2, missing: 2 } });
    expect(await world.table.listOpenRuns()).toEqual([]);
  });

  it('is not stopped if it is over', async () => {
    const world = memoryWorld();
    await atBedrock(world, 'Completed');

    expect(await report(world)).toMatchObject({ records: { missing: 2 } });
    expect(world.bedrock.stopped).toEqual([]);
  });

  it('is waited for while an interrupted function may still create it, and cannot be started any more', async () => {
    const world = memoryWorld();
    const [job] = await ranJobs(world, [[{ planned: twoRecords }]]);
    if (job === undefined) throw new Error('The run has a job.');
    const createRequestedAt = new Date(world.now()).toISOString();
    await world.table.updateJob(job, { createRequest: aCreateRequest(job), createRequestedAt });

    await messageOfRejection(report(world), 'JobStillRunning');
    expect(await world.table.updateUnmadeJob(job, { createRequestedAt })).toBe(false);

    world.passMinutes(20);
    expect(await report(world)).toMatchObject({ records: { missing: 2 } });
  });

  it('is not looked up once its input is removed', async () => {
    const world = memoryWorld();
    const { job } = await atBedrock(world, 'Completed');
    await world.table.closeJob(job);

    await report(world);

    expect(world.bedrock.calls).toEqual([]);
  });
});

describe('a run that was refused', () => {
  const failure = { error: 'RequestRefused', cause: '{"errorType":"RequestRefused","errorMessage":"No media."}' };

  it('ends with the sentence and no records', async () => {
    const world = memoryWorld();
    await ranJobs(world, []);

    const outcome = await report(world, { failure });

    expect(outcome).toMatchObject({
      status: 'Refused',
      reason: 'No media.',
      media: 0,
      records: zero,
      attempts: 0,
      jobs: [],
      cost: { batchUsd: 0 },
    });
    expect(outcome).toMatchObject({ modelId: undefined, layout: undefined });
    expect(world.store.written).toEqual([`${folder}report.html`, outcomeKey]);
    expect(await world.table.getRun('run-1')).toMatchObject({ status: 'Refused', reason: 'No media.' });
    expect(await report(world, { failure })).toEqual(JSON.parse(JSON.stringify(outcome)));
  });

  it('because its bucket does not exist still has an outcome', async () => {
    const world = memoryWorld();
    await ranJobs(world, []);
    const gone = async () => {
      throw awsError('NoSuchBucket', 404);
    };
    const store = { ...world.store, readJson: gone, createJson: gone };

    expect(await report(world, { failure, parts: { store } })).toMatchObject({
      status: 'Refused',
      reason: 'No media.',
    });
    expect(await world.table.getRun('run-1')).toMatchObject({ status: 'Refused' });
  });

  it('because its bucket cannot be read still has an outcome, and only then', async () => {
    const world = memoryWorld();
    await ranJobs(world, []);
    const denied = async () => {
      throw awsError('AccessDenied', 403);
    };
    const store = { ...world.store, readJson: denied, createJson: denied };

    const cutOff = { error: 'States.Timeout', cause: '' };
    await expect(report(world, { failure: cutOff, parts: { store } })).rejects.toMatchObject({ name: 'AccessDenied' });
    expect(await report(world, { failure, parts: { store } })).toMatchObject({
      status: 'Refused',
      reason: 'No media.',
    });
    expect(await world.table.getRun('run-1')).toMatchObject({ status: 'Refused' });
  });

  it('before it was written down at all still has an outcome', async () => {
    const world = memoryWorld();
    const throttled = { error: 'Throttled', cause: '{"errorMessage":"Rate exceeded"}' };

    expect(await report(world, { failure: throttled })).toMatchObject({ status: 'Failed', reason: 'Rate exceeded' });
    expect(world.store.keys()).toEqual([]);
  });
});

describe('an execution that the run does not wait for', () => {
  const failure = { error: 'RequestRefused', cause: '{"errorMessage":"Run run-1 exists already."}' };

  it.each([
    ['with the name of a run that has ended', { status: 'Succeeded' }],
    ['with the name of a run that goes on', { status: 'Running' }],
  ] as const)('%s leaves it alone', async (_, run) => {
    const world = memoryWorld();
    await ranJobs(world, [[{ planned: twoRecords }]], { run });
    const before = await world.table.getRun('run-1');

    const outcome = await report(world, { failure, executionArn: 'arn:another' });

    expect(outcome).toMatchObject({ status: 'Refused', reason: 'Run run-1 exists already.', records: zero });
    expect(await world.table.getRun('run-1')).toEqual(before);
    expect((await world.table.listJobs('run-1'))[0]?.collected).toBeUndefined();
    expect(world.store.written).toEqual([]);
  });

  it('with the name of a run of 90 days ago is refused, and changes neither the run nor its bucket', async () => {
    for (const run of [{ status: 'Succeeded' }, { status: 'Running' }] as const) {
      const world = memoryWorld();
      await ranJobs(world, [[{ ledger: [ok] }]], { run });
      world.store.put(outcomeKey, { text: '{"of":"the first run"}' });
      const before = await world.table.getRun('run-1');

      const outcome = await report(world, { failure, startedAt: '2027-02-01T00:00:00.000Z' });

      expect(outcome).toMatchObject({ status: 'Refused', reason: 'Run run-1 exists already.', records: zero });
      expect(await world.table.getRun('run-1')).toEqual(before);
      expect(world.store.written).toEqual([]);
    }
  });

  it('with the name of a run of which only objects are left is refused, and leaves these alone', async () => {
    const world = memoryWorld();
    const plan = { startedAt: '2026-01-01T00:00:00.000Z' };
    await ranJobs(world, [[{ planned: twoRecords, isInTable: false }]], { plan });

    expect(await report(world, { failure })).toMatchObject({ status: 'Refused', attempts: 0, records: zero });
    expect(world.store.written).toEqual([]);
    expect(await world.table.getRun('run-1')).toMatchObject({ status: 'Refused', reason: 'Run run-1 exists already.' });
  });

  it('because another one resumes the run leaves it to that one', async () => {
    const world = memoryWorld();
    await ranJobs(world, [[{ planned: twoRecords }]], { run: { executionArns: ['arn:run-1', 'arn:resume-1'] } });

    expect(await report(world)).toMatchObject({
      status: 'Refused',
      reason: 'Run run-1 continues in arn:resume-1, and only its last execution reports it: see that one.',
    });
    expect((await world.table.getRun('run-1'))?.status).toBe('Running');
    expect(world.store.written).toEqual([]);

    expect(await report(world, { executionArn: 'arn:resume-1', resumes: 'run-1' })).toMatchObject({
      runId: 'run-1',
      status: 'Failed',
      records: { submitted: 2, missing: 2 },
    });
  });

  it('and that is redriven after the end gives the known outcome', async () => {
    const world = memoryWorld();
    await ranJobs(world, [[{ ledger: [ok] }]], { run: { executionArns: ['arn:run-1', 'arn:resume-1'] } });
    const outcome = await report(world, { executionArn: 'arn:resume-1', resumes: 'run-1' });

    expect(await report(world)).toEqual(JSON.parse(JSON.stringify(outcome)));
  });
});

describe('a run that was stopped by a user', () => {
  it('ends as Stopped, with what was answered', async () => {
    const world = memoryWorld();
    const stopRequestedAt = '2026-11-02T10:00:00.000Z';
    await ranJobs(world, [[{ ledger: [ok, lost, lost] }]], { run: { stopRequestedAt } });

    expect(await report(world)).toMatchObject({
      status: 'Stopped',
      reason: 'The run was stopped by a user: 1 of 3 records succeeded, 0 failed and 2 are missing.',
      records: { submitted: 3, succeeded: 1, missing: 2 },
    });
    expect((await world.table.getRun('run-1'))?.status).toBe('Stopped');
  });
});

describe('reporting again', () => {
  it('returns the same outcome, even if the table has changed meanwhile', async () => {
    const world = memoryWorld();
    const [job] = await ranJobs(world, [[{ ledger: [ok, ok, bad] }]]);
    const first = await report(world);
    if (job) await world.table.updateJob(job, { status: 'Failed' });
    const writes = world.store.written.length;

    expect(JSON.stringify(await report(world))).toBe(JSON.stringify(first));
    expect(world.store.written).toHaveLength(writes);
  });

  it('at the same time has one outcome, the first that is written', async () => {
    const world = memoryWorld();
    await ranJobs(world, [[{ planned: twoRecords }]]);
    const failure = { error: 'RequestRefused', cause: 'only one of them was told' };

    const [one, other] = await Promise.all([report(world), report(world, { failure })]);

    expect(JSON.stringify(one)).toBe(JSON.stringify(other));
    expect((await world.table.getRun('run-1'))?.reason).toBe(one?.reason);
  });

  it.each([false, true])('after a crash at any change comes to the same (change done: %s)', async (isEffective) => {
    const story = [[{ ledger: [ok, slow] }, { planned: twoRecords }], [{ ledger: [sentAfter(2, ok)] }]];
    const calm = memoryWorld();
    await ranJobs(calm, story);
    const expected = JSON.stringify(await report(calm));
    let crashes = 0;
    for (let at = 0; ; at++) {
      const world = memoryWorld();
      await ranJobs(world, story);
      const plan: CrashPlan = { changesLeft: at, isEffective };
      const table = crashing(world.table, ['beginSettling', 'finishRun', 'finishJob'], plan);
      const store = crashing(world.store, ['createJson', 'writeLines'], plan);
      const error: unknown = await report(world, { parts: { table, store } }).catch((thrown) => thrown);
      if (!(error instanceof Error)) break;
      expect(error.name).toBe('Crash');
      crashes += 1;

      expect(JSON.stringify(await report(world))).toBe(expected);
      expect(world.store.jsonOf(outcomeKey)).toEqual(calm.store.jsonOf(outcomeKey));
      expect(world.store.linesOf(ledgerKey)).toEqual(calm.store.linesOf(ledgerKey));
    }
    expect(crashes).toBe(6);
  });
});

describe('the event about the end of a run', () => {
  it('says how the run ended, what came of its records, what it cost and where its outcome is', async () => {
    const world = memoryWorld();
    await ranJobs(world, [[{ ledger: [ok, ok, bad] }]]);

    const { cost } = await report(world);

    expect(world.ended).toEqual([
      {
        ...{ runId: 'run-1', stackName: 'MediaBatch', status: 'PartlySucceeded', outcomeKey },
        reason: '2 of 3 records succeeded, 1 failed and 0 are missing: the ledger has the reason of each.',
        records: { submitted: 3, succeeded: 2, failed: 1, missing: 0 },
        cost: { batchUsd: cost.batchUsd },
        reportKey: `${folder}report.html`,
      },
    ]);
    expect(runEndedSchema.parse(world.ended[0])).toEqual(world.ended[0]);
  });

  it('comes again when the run is reported again, because nobody knows whether the first one left', async () => {
    const world = memoryWorld();
    await ranJobs(world, [[{ ledger: [ok] }]]);
    await report(world);
    await report(world);

    expect(world.ended).toHaveLength(2);
    expect(world.ended[1]).toEqual(world.ended[0]);
  });

  it('that is not taken fails the report once the end of the run is written, and leaves with the next try', async () => {
    const world = memoryWorld();
    await ranJobs(world, [[{ ledger: [ok] }]]);
    const error = awsError('InternalException', 500);
    const events = { runEnded: () => Promise.reject(error) };

    await expect(report(world, { parts: { events } })).rejects.toBe(error);
    expect((await world.table.getRun('run-1'))?.status).toBe('Succeeded');
    await report(world);

    expect(world.ended).toMatchObject([{ runId: 'run-1', status: 'Succeeded' }]);
  });

  it('does not come from an execution that is not the last of its run, nor from one that is none of its', async () => {
    const world = memoryWorld();
    await ranJobs(world, [[{ ledger: [ok] }]], { run: { executionArns: ['arn:run-1', 'arn:run-1-again'] } });

    await report(world);
    await report(world, { executionArn: 'arn:another' });

    expect(world.ended).toEqual([]);
  });
});
