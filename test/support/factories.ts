import type { Analysis } from '../../lambdas/shared/analyses.ts';
import type { CreateRequest, Job } from '../../lambdas/shared/jobs.ts';
import { inputKeyOf, jobOutputPrefix, type KeyPrefixes, manifestKey } from '../../lambdas/shared/keys.ts';
import type { Plan, PlannedRecord } from '../../lambdas/shared/plan.ts';
import { recordIdOf } from '../../lambdas/shared/records.ts';

/** When every test's story begins: 2026-11-02T09:00:00Z, in milliseconds since 1970. */
export const startOfStory = Date.UTC(2026, 10, 2, 9);

/** The key prefixes that a stack has unless its settings say otherwise. */
export const prefixes: KeyPrefixes = {
  outputPrefix: 'nova/batch/output/',
  runsPrefix: 'nova/batch/runs/',
  resultsPrefix: 'nova/batch/results/',
};

/** ARN of the child execution that works on a run's job. */
export function childArnOf(runId: string): string {
  return `arn:aws:states:us-east-1:111122223333:execution:Runs/RunJobs:${runId}`;
}

export function anAnalysis(overrides: Partial<Analysis> = {}): Analysis {
  return {
    name: 'shots',
    prompt: 'List the shots of {{filename}}.',
    media: ['video', 'image'],
    inference: { maxTokens: 100 },
    fingerprint: 'f'.repeat(32),
    ...overrides,
  };
}

/** A job of one record as the plan wrote it down; its names follow from `runId`. */
export function aJob(overrides: Partial<Job> = {}): Job {
  const { runId = 'run-1' } = overrides;
  const { jobName = `media-${runId}-1` } = overrides;
  return {
    runId,
    jobName,
    jobHash: 'abcdef012345',
    bucket: 'media-bucket',
    modelId: 'us.amazon.nova-lite-v1:0',
    modelInvocationType: 'InvokeModel',
    layout: 'root',
    timeoutHours: 72,
    manifestKey: manifestKey(prefixes, runId, jobName),
    records: 1,
    paddingRecords: 0,
    batchInputS3Key: inputKeyOf(jobName),
    batchOutputS3Prefix: jobOutputPrefix(prefixes, jobName),
    status: 'Planned',
    closed: false,
    ...overrides,
  };
}

/** A job's Create request as Start writes it down, as far as the other steps read it. */
export function aCreateRequest(
  job: Pick<Job, 'jobName' | 'bucket' | 'modelId' | 'batchOutputS3Prefix'>,
): CreateRequest {
  return {
    jobName: job.jobName,
    clientRequestToken: 'abcdef012345-1',
    roleArn: 'arn:aws:iam::111122223333:role/Bedrock',
    modelId: job.modelId,
    modelInvocationType: 'InvokeModel',
    inputDataConfig: { s3InputDataConfig: { s3InputFormat: 'JSONL', s3Uri: `s3://${job.bucket}/` } },
    outputDataConfig: { s3OutputDataConfig: { s3Uri: `s3://${job.bucket}/${job.batchOutputS3Prefix}` } },
    timeoutDurationInHours: 72,
    tags: [],
  };
}

/** A job's record by its number, from 1: one video and the first of the analyses. */
export function aPlannedRecord(number: number, overrides: Partial<PlannedRecord> = {}): PlannedRecord {
  return {
    recordId: recordIdOf('abcdef012345', number),
    key: `proxies/C${String(number).padStart(4, '0')}.MP4`,
    etag: `etag-${number}`,
    bytes: 1000 + number,
    analysis: 'shots',
    ...overrides,
  };
}

/** The plan of a job, as it lies in the bucket. */
export function aPlan(job: Job, overrides: Partial<Plan> = {}): Plan {
  const { jobName, jobHash, manifestKey: key, modelInvocationType, records, paddingRecords } = job;
  return {
    runId: job.runId,
    request: { media: { prefixes: ['proxies/'] } },
    bucket: job.bucket,
    modelId: job.modelId,
    layout: 'root',
    timeoutHours: job.timeoutHours,
    analyses: [anAnalysis()],
    media: records,
    jobs: [
      { jobName, jobHash, manifestKey: key, modelInvocationType, records, paddingRecords, mediaBytes: records * 1000 },
    ],
    skipped: { total: 0, byReason: {} },
    plannedAt: new Date(startOfStory).toISOString(),
    ...overrides,
  };
}
