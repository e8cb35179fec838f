import { functionGoneSeconds, maxFunctionSeconds } from '../limits.ts';
import type { BatchJobs } from '../ports/batch-jobs.ts';
import type { Executions } from '../ports/executions.ts';
import { statusMeaning } from './bedrock-status.ts';
import type { Job } from './job.ts';

const minuteMs = 60_000;

/** A function that began this long ago, or whose execution ended this long ago, is not at work. */
export const functionGoneMs = functionGoneSeconds * 1000;

/**
 * This long after a Create request was about to be sent, a job that is not in Bedrock's list was never created: the
 * Lambda may have sent it up to 15 minutes later, and how far the list lags is UNVERIFIED, so 5 minutes are added.
 */
const unmadeMs = maxFunctionSeconds * 1000 + 5 * minuteMs;

export interface LivenessDependencies {
  bedrock: Pick<BatchJobs, 'get' | 'findByName'>;
  executions: Pick<Executions, 'describe'>;
  now(): number;
}

/**
 * Says whether a job is proven over, so that its lock may be taken: it is closed, or its execution can no longer be at
 * work and Bedrock says that the job is over or was never created. A job that cannot be judged counts as alive.
 */
export async function isProvenOver(
  job: Job | undefined,
  executionArn: string,
  dependencies: LivenessDependencies,
): Promise<boolean> {
  if (job === undefined) return false;
  if (job.phase === 'closed') return true;
  const { executions, now } = dependencies;
  const execution = await executions.describe(executionArn);
  if (execution === undefined || execution.running) return false;
  if (now() - execution.endedAt < functionGoneMs || mayStillBePrepared(job, now())) return false;
  return isOverAtBedrock(job, dependencies);
}

/** Says whether Bedrock reports a job as over, or certainly never created it. */
export async function isOverAtBedrock(
  job: Job,
  { bedrock, now }: Pick<LivenessDependencies, 'bedrock' | 'now'>,
): Promise<boolean> {
  if (job.createRequest === undefined) return true;
  const arn = job.batchJobArn ?? (await bedrock.findByName(job.createRequest.jobName));
  if (arn === undefined) return !mayStillBeCreated(job, now());
  return statusMeaning[(await bedrock.get(arn)).status].over;
}

/** Says whether a job that is not in Bedrock's list may still be created by a lost function. */
export function mayStillBeCreated({ createRequestedAt }: Pick<Job, 'createRequestedAt'>, nowMs: number): boolean {
  return createRequestedAt !== undefined && nowMs - Date.parse(createRequestedAt) < unmadeMs;
}

/** Says whether a lost turn of `Prepare job` may still write the job's input or copies. */
export function mayStillBePrepared({ preparing }: Pick<Job, 'preparing'>, nowMs: number): boolean {
  return preparing !== undefined && nowMs - Date.parse(preparing.since) < functionGoneMs;
}
