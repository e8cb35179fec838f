import type { Job } from '../../../lambdas/shared/domain/job/job.ts';
import type { Outcome } from '../../../lambdas/shared/domain/run/outcome.ts';
import type { Run } from '../../../lambdas/shared/domain/run/run.ts';

/** A job of 120 records that is in progress, with changes. */
export function sampleJob(fields: Partial<Job> = {}): Job {
  return {
    runId: 'run-1',
    jobName: 'run-ab12cd-1',
    jobHash: 'ab12cd',
    attempt: 1,
    number: 1,
    bucket: 'media-1',
    modelId: 'us.amazon.nova-lite-v1:0',
    modelInvocationType: 'InvokeModel',
    layout: 'root',
    inputBucket: 'media-1',
    inputFolder: '',
    copiesPrefix: 'nova/batch/staging/run-ab12cd-1/',
    timeoutHours: 72,
    recordsKey: 'nova/batch/runs/run-1/attempts/1-x.records.ndjson',
    recordsOffset: 0,
    recordsBytes: 1,
    records: 120,
    paddingRecords: 0,
    batchInputS3Key: 'batch_input_run-ab12cd-1.jsonl',
    batchOutputS3Prefix: 'nova/batch/output/run-ab12cd-1/',
    status: 'InProgress',
    history: [],
    phase: 'open',
    ...fields,
  };
}

/** The item of an active run with one execution and a plan of one job of 120 records, with changes. */
export function sampleRun(fields: Partial<Run> = {}): Run {
  return {
    runId: 'run-1',
    executionArns: ['arn:aws:states:::execution:media:run-1'],
    status: 'Running',
    startedAt: '2026-11-02T09:00:00.000Z',
    jobCount: 1,
    requestJson: '{}',
    planned: {
      attempt: 1,
      records: 120,
      jobs: 1,
      layout: 'root',
      layoutReason: 'the request says so',
      stagedBytes: 0,
      stagedUsd: 0,
      longestHours: 84,
    },
    ...fields,
  };
}

/** Counters of a job with 120 records. */
export function counters(processed: number) {
  return { total: 120, processed, succeeded: processed, failed: 0 };
}

export const sampleArn = 'arn:aws:bedrock:us-east-1:123456789012:model-invocation-job/abcdefghijkl';

/** The outcome of a run with one job in which all 120 records succeeded, with changes. */
export function sampleOutcome(fields: Partial<Outcome> = {}): Outcome {
  const records = { submitted: 120, succeeded: 120, failed: 0, missing: 0 };
  return {
    formatVersion: 1,
    runId: 'run-1',
    status: 'Succeeded',
    modelId: 'us.amazon.nova-lite-v1:0',
    media: 40,
    records,
    reasons: [],
    skipped: { total: 0, byReason: {} },
    attempts: 1,
    layout: { layout: 'root', reason: 'the request says so', stagedBytes: 0, stagedUsd: 0 },
    jobs: [
      {
        jobName: 'run-ab12cd-1',
        attempt: 1,
        layout: 'root',
        batchJobArn: sampleArn,
        batchInputS3Key: 'batch_input_run-ab12cd-1.jsonl',
        batchOutputS3Prefix: 'nova/batch/output/run-ab12cd-1/',
        status: 'Completed',
        records,
        paddingRecords: 0,
      },
    ],
    jobCount: 1,
    cost: { inputTokens: 180_000, outputTokens: 24_000, batchUsd: 0.00828, onDemandUsd: 0.01656 },
    resultsUri: 's3://media-1/nova/batch/results/',
    ledgerUri: 's3://media-1/nova/batch/runs/run-1/ledger/',
    outcomeUri: 's3://media-1/nova/batch/runs/run-1/outcome.json',
    endedAt: '2026-11-02T12:00:00.000Z',
    ...fields,
  };
}
