import { describe, expect, it } from 'vitest';
import { reportRun } from '../../../lambdas/report-run/report-run.ts';
import type { Job } from '../../../lambdas/shared/jobs.ts';
import { outcomeSchema, type StateFailure } from '../../../lambdas/shared/state.ts';
import { awsError } from '../../support/aws-error.ts';
import { type CrashPlan, crashing } from '../../support/crashes.ts';
import { aPlannedRecord } from '../../support/factories.ts';
import { memoryWorld, planned, type World } from '../../support/world.ts';

const outcomeKey = 'nova/batch/runs/run-1/outcome.json';

/** A job of run-1 whose results are collected. */
function collected(world: World, counts: [number, number, number], overrides: Partial<Job> = {}): Promise<Job> {
  const [succeeded, failed, missing] = counts;
  const submitted = succeeded + failed + missing;
  return planned(world, {
    status: 'Completed',
    batchJobArn: 'arn:job',
    closed: true,
    records: submitted,
    collected: {
      records: { submitted, succeeded, failed, missing },
      inputTokens: 2_000_000,
      outputTokens: 100_000,
      duplicateLines: 0,
      foreignLines: 0,
      foreignFiles: [],
    },
    ...overrides,
  });
}

function report(world: World, failure?: StateFailure, parts: Partial<World> = {}) {
  return reportRun({ runId: 'run-1', startedAt: '2026-11-02T09:00:00.000Z', failure }, { ...world, ...parts });
}

/** A run of which only the plan has begun, as when it is refused. */
async function begun(world: World): Promise<void> {
  const startedAt = '2026-11-02T09:00:00.000Z';
  await world.table.createRun({
    runId: 'run-1',
    executionArns: ['arn:run-1'],
    status: 'Planning',
    startedAt,
    jobCount: 0,
  });
}

describe('the outcome of a run', () => {
  it('names each job with its ARN, its keys and its counts, and says where everything is', async () => {
    const world = memoryWorld();
    const job = await collected(world, [2, 1, 0], { paddingRecords: 97 });

    const outcome = await report(world);

    expect(outcome).toEqual({
      runId: 'run-1',
      status: 'PartlySucceeded',
      reason: '2 of 3 records succeeded, 1 failed and 0 are missing: the ledger says why for each.',
      modelId: 'us.amazon.nova-lite-v1:0',
      media: 3,
      records: { submitted: 3, succeeded: 2, failed: 1, missing: 0 },
      skipped: { total: 0, byReason: {} },
      jobs: [
        {
          jobName: job.jobName,
          batchJobArn: 'arn:job',
          batchInputS3Key: 'batch_input_media-run-1-1.jsonl',
          batchOutputS3Prefix: 'nova/batch/output/media-run-1-1/',
          status: 'Completed',
          reason: undefined,
          records: { submitted: 3, succeeded: 2, failed: 1, missing: 0 },
          paddingRecords: 97,
        },
      ],
      jobCount: 1,
      cost: { inputTokens: 2_000_000, outputTokens: 100_000, batchUsd: 0.072, onDemandUsd: 0.144 },
      resultsUri: 's3://media-bucket/nova/batch/results/',
      ledgerUri: 's3://media-bucket/nova/batch/runs/run-1/ledger/',
      outcomeUri: `s3://media-bucket/${outcomeKey}`,
    });
    expect(world.store.jsonOf(outcomeKey)).toEqual(JSON.parse(JSON.stringify(outcome)));
    expect(await world.table.getRun('run-1')).toMatchObject({ status: 'PartlySucceeded', reason: outcome.reason });
  });

  it('sums up all jobs of the run and no other', async () => {
    const world = memoryWorld();
    await collected(world, [5, 0, 0], { jobName: 'media-1' });
    await collected(world, [1, 2, 3], { jobName: 'media-2' });
    await collected(world, [7, 7, 7], { runId: 'run-2' });

    expect(await report(world)).toMatchObject({
      records: { submitted: 11, succeeded: 6, failed: 2, missing: 3 },
      jobCount: 2,
      cost: { inputTokens: 4_000_000, outputTokens: 200_000 },
    });
  });

  it('has at most 100 jobs in the output of the execution, and all of them in outcome.json', async () => {
    const world = memoryWorld();
    for (let at = 0; at < 103; at++) await collected(world, [1, 0, 0], { jobName: `media-${at}` });

    const outcome = await report(world);

    expect(outcome.jobs).toHaveLength(100);
    expect(outcome).toMatchObject({ jobCount: 103, records: { submitted: 103 } });
    expect(outcomeSchema.parse(world.store.jsonOf(outcomeKey)).jobs).toHaveLength(103);
    expect(JSON.stringify(outcome).length).toBeLessThan(256 * 1024);
  });

  it('has the media that the plan left out, by reason', async () => {
    const world = memoryWorld();
    const skipped = { total: 3, byReason: { empty: 1, 'not a video by its extension': 2 } };
    await planned(world, { ...(await collected(world, [1, 0, 0])) }, { plan: { skipped } });

    expect(await report(world)).toMatchObject({ status: 'Succeeded', skipped });
  });
});

describe('the cost', () => {
  it('is nothing when nothing was sent, even of a model whose price nobody knows', async () => {
    const world = memoryWorld();
    await planned(world, {}, { plan: { modelId: 'us.amazon.nova-9-v1:0' } });

    expect((await report(world)).cost).toEqual({ inputTokens: 0, outputTokens: 0, batchUsd: 0, onDemandUsd: 0 });
  });

  it('is unknown, never 0, when the price is', async () => {
    const world = memoryWorld();
    await planned(world, { ...(await collected(world, [1, 0, 0])) }, { plan: { modelId: 'us.amazon.nova-9-v1:0' } });

    expect((await report(world)).cost).toMatchObject({
      inputTokens: 2_000_000,
      batchUsd: 'unknown',
      onDemandUsd: 'unknown',
    });
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
    const records = [aPlannedRecord(1), aPlannedRecord(2)];
    const job = await planned(world, { ...overrides, paddingRecords: 98 }, { records });

    expect(await report(world)).toMatchObject({
      status: 'Failed',
      records: { submitted: 2, succeeded: 0, failed: 0, missing: 2 },
      jobs: [{ status: overrides.status, paddingRecords: 98 }],
    });

    expect(world.store.jsonLinesOf(`nova/batch/runs/run-1/ledger/${job.jobName}.ndjson`)).toEqual(
      records.map(({ recordId, key, analysis }) => ({ recordId, key, analysis, outcome: 'missing', reason })),
    );
    expect((await world.table.getJob(job)).collected?.records.missing).toBe(2);
  });

  it('does not make those of its neighbour missing: one failed job fails no other', async () => {
    const world = memoryWorld();
    await collected(world, [4, 0, 0], { jobName: 'media-1' });
    await planned(world, { jobName: 'media-2', failure: { error: 'JobRefused', reason: 'no slot' } });

    expect(await report(world)).toMatchObject({
      status: 'PartlySucceeded',
      records: { submitted: 5, succeeded: 4, failed: 0, missing: 1 },
      reason: '4 of 5 records succeeded, 0 failed and 1 are missing: no slot',
    });
  });
});

describe('a run that was refused', () => {
  const failure = { error: 'RequestRefused', cause: '{"errorType":"RequestRefused","errorMessage":"No media."}' };

  it('ends with the sentence and no records', async () => {
    const world = memoryWorld();
    await begun(world);

    const outcome = await report(world, failure);

    expect(outcome).toMatchObject({
      status: 'Refused',
      reason: 'No media.',
      media: 0,
      records: { submitted: 0 },
      jobs: [],
      cost: { batchUsd: 0 },
    });
    expect(outcome.modelId).toBeUndefined();
    expect(await world.table.getRun('run-1')).toMatchObject({ status: 'Refused', reason: 'No media.' });
    expect(await report(world, failure)).toEqual(outcome);
  });

  it('because its name was used before leaves the run of that name as it ended', async () => {
    const world = memoryWorld();
    await collected(world, [2, 0, 0]);
    await report(world);
    const before = [await world.table.getRun('run-1'), world.store.jsonOf(outcomeKey), world.store.written.length];
    const failure = { error: 'RequestRefused', cause: '{"errorMessage":"Run run-1 exists already."}' };
    const startedAt = '2027-03-01T09:00:00.000Z';

    const outcome = await reportRun({ runId: 'run-1', startedAt, failure }, world);

    expect(outcome).toMatchObject({
      status: 'Refused',
      reason: 'Run run-1 exists already.',
      records: { submitted: 0 },
    });
    expect([await world.table.getRun('run-1'), world.store.jsonOf(outcomeKey), world.store.written.length]).toEqual(
      before,
    );
  });

  it('because its name belongs to a run that still goes on leaves that run alone', async () => {
    const world = memoryWorld();
    await planned(world, { status: 'InProgress' });
    const before = await world.table.getRun('run-1');
    const failure = { error: 'RequestRefused', cause: '{"errorMessage":"Run run-1 exists already."}' };

    const outcome = await reportRun({ runId: 'run-1', startedAt: '2026-11-02T10:00:00.000Z', failure }, world);

    expect(outcome).toMatchObject({ status: 'Refused', records: { submitted: 0 } });
    expect(await world.table.getRun('run-1')).toEqual(before);
    expect((await world.table.listJobs('run-1'))[0]?.collected).toBeUndefined();
    expect(world.store.written).toEqual([]);
  });

  it('after its Map failed gives the same outcome when the report is repeated', async () => {
    const world = memoryWorld();
    await collected(world, [1, 0, 1]);
    const failure = { error: 'States.DataLimitExceeded', cause: 'too much' };

    const first = await report(world, failure);

    expect(await report(world, failure)).toEqual(first);
    expect(first).toMatchObject({ status: 'PartlySucceeded', records: { submitted: 2, succeeded: 1, missing: 1 } });
  });

  it('because its bucket is not there still has an outcome', async () => {
    const world = memoryWorld();
    await begun(world);
    const gone = async () => {
      throw awsError('NoSuchBucket', 404);
    };

    const outcome = await report(world, failure, { store: { ...world.store, readJson: gone, writeJson: gone } });

    expect(outcome).toMatchObject({ status: 'Refused', reason: 'No media.' });
    expect(await world.table.getRun('run-1')).toMatchObject({ status: 'Refused' });
  });

  it('before it was written down at all still has an outcome', async () => {
    const world = memoryWorld();

    expect(await report(world, { error: 'Throttled', cause: '{"errorMessage":"Rate exceeded"}' })).toMatchObject({
      status: 'Failed',
      reason: 'Rate exceeded',
    });
    expect(world.store.keys()).toEqual([]);
  });
});

describe('reporting again', () => {
  it('gives the same outcome, whatever became of the table meanwhile', async () => {
    const world = memoryWorld();
    const job = await collected(world, [2, 1, 0]);
    const first = await report(world);
    await world.table.updateJob(job, { status: 'Failed' });
    const writes = world.store.written.length;

    expect(JSON.stringify(await report(world))).toBe(JSON.stringify(first));
    expect(world.store.written).toHaveLength(writes);
  });

  it.each([false, true])('after a crash at any change comes to the same (change done: %s)', async (isEffective) => {
    const calm = memoryWorld();
    await planned(calm, { failure: { error: 'E', reason: 'why' } });
    const expected = JSON.stringify(await report(calm));
    let crashes = 0;
    for (let at = 0; ; at++) {
      const world = memoryWorld();
      await planned(world, { failure: { error: 'E', reason: 'why' } });
      const plan: CrashPlan = { changesLeft: at, isEffective };
      const table = crashing(world.table, ['updateRun', 'finishJob'], plan);
      const store = crashing(world.store, ['writeJson', 'writeLines'], plan);
      const error: unknown = await report(world, undefined, { table, store }).catch((thrown) => thrown);
      if (!(error instanceof Error)) break;
      expect(error.name).toBe('Crash');
      crashes += 1;

      expect(JSON.stringify(await report(world))).toBe(expected);
      expect(world.store.jsonOf(outcomeKey)).toEqual(calm.store.jsonOf(outcomeKey));
    }
    expect(crashes).toBe(4);
  });
});
