import type { Analysis } from '../../lambdas/shared/domain/analysis/analysis.ts';
import type { CreateRequest } from '../../lambdas/shared/domain/job/create-request.ts';
import type { Job } from '../../lambdas/shared/domain/job/job.ts';
import {
  attemptRecordsKey,
  copiesPrefixOf,
  inputKeyOf,
  jobOutputPrefix,
  type KeyPrefixes,
  stagedFolderOf,
} from '../../lambdas/shared/domain/keys.ts';
import { priceOf } from '../../lambdas/shared/domain/model/models.ts';
import type { Attempt, Plan, PlannedRecord } from '../../lambdas/shared/domain/plan/plan.ts';

/** When every test's story begins: 2026-11-02T09:00:00Z, in milliseconds since 1970. */
export const startOfStory = Date.UTC(2026, 10, 2, 9);

/** The key prefixes that a stack has unless its settings say otherwise. */
export const prefixes: KeyPrefixes = {
  outputPrefix: 'nova/batch/output/',
  runsPrefix: 'nova/batch/runs/',
  resultsPrefix: 'nova/batch/results/',
  stagingPrefix: 'nova/batch/staging/',
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

/** A job of one record as the plan wrote it down; its names and places follow from `runId`, `jobName` and `layout`. */
export function aJob(overrides: Partial<Job> = {}): Job {
  const { runId = 'run-1', layout = 'root' } = overrides;
  const { jobName = `media-${runId}-1` } = overrides;
  return {
    runId,
    jobName,
    jobHash: 'abcdef012345',
    attempt: 1,
    number: 1,
    bucket: 'media-bucket',
    modelId: 'us.amazon.nova-lite-v1:0',
    modelInvocationType: 'InvokeModel',
    layout,
    inputBucket: layout === 'root' ? 'media-bucket' : 'staging-bucket',
    inputFolder: layout === 'root' ? '' : stagedFolderOf(jobName),
    copiesPrefix: copiesPrefixOf(prefixes, jobName, layout),
    timeoutHours: 72,
    recordsKey: attemptRecordsKey(prefixes, runId, 1, `of-${jobName}`),
    recordsOffset: 0,
    recordsBytes: 1,
    records: 1,
    paddingRecords: 0,
    batchInputS3Key: inputKeyOf(jobName, layout),
    batchOutputS3Prefix: jobOutputPrefix(prefixes, jobName),
    status: 'Planned',
    history: [],
    phase: 'open',
    ...overrides,
  };
}

/** A job's Create request as Start writes it down, as far as the other steps read it. */
export function aCreateRequest(
  job: Pick<Job, 'jobName' | 'bucket' | 'inputBucket' | 'inputFolder' | 'modelId' | 'batchOutputS3Prefix'>,
): CreateRequest {
  return {
    jobName: job.jobName,
    clientRequestToken: 'abcdef012345-1',
    roleArn: 'arn:aws:iam::111122223333:role/Bedrock',
    modelId: job.modelId,
    modelInvocationType: 'InvokeModel',
    inputDataConfig: {
      s3InputDataConfig: { s3InputFormat: 'JSONL', s3Uri: `s3://${job.inputBucket}/${job.inputFolder}` },
    },
    outputDataConfig: { s3OutputDataConfig: { s3Uri: `s3://${job.bucket}/${job.batchOutputS3Prefix}` } },
    timeoutDurationInHours: 72,
    tags: [],
  };
}

/** A job's record by its number, from 1: one video and the first of the analyses. */
export function aPlannedRecord(number: number, overrides: Partial<PlannedRecord> = {}): PlannedRecord {
  return {
    key: `proxies/C${String(number).padStart(4, '0')}.MP4`,
    etag: `etag-${number}`,
    bytes: 1000 + number,
    analysis: 'shots',
    ...overrides,
  };
}

/** The attempt of one job. */
export function aAttempt(job: Job, overrides: Partial<Attempt> = {}): Attempt {
  const { jobName, jobHash, modelInvocationType, records, recordsOffset, recordsBytes, paddingRecords } = job;
  const mediaBytes = records * 1000;
  return {
    attempt: job.attempt,
    layout: job.layout,
    layoutReason: 'the request says so',
    recordsKey: job.recordsKey,
    records,
    jobs: [{ jobName, jobHash, modelInvocationType, records, recordsOffset, recordsBytes, paddingRecords, mediaBytes }],
    jobsAtOnce: 1,
    staging: { objects: 0, bytes: 0, usd: 0 },
    longestHours: job.timeoutHours,
    plannedAt: new Date(startOfStory).toISOString(),
    ...overrides,
  };
}

/** The plan of a job's run, as it lies in the bucket; the job is all of its first attempt. */
export function aPlan(job: Job, overrides: Partial<Plan> = {}): Plan {
  return {
    formatVersion: 1,
    runId: job.runId,
    startedAt: new Date(startOfStory).toISOString(),
    request: { media: { prefixes: ['proxies/'] } },
    bucket: job.bucket,
    modelId: job.modelId,
    timeoutHours: job.timeoutHours,
    retries: 1,
    analyses: [anAnalysis()],
    media: job.records,
    skipped: { total: 0, byReason: {} },
    firstAttempt: aAttempt(job),
    price: priceOf(job.modelId),
    plannedAt: new Date(startOfStory).toISOString(),
    ...overrides,
  };
}
