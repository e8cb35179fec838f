import type { BatchJobs } from './batch-jobs.ts';
import type { Executions } from './executions.ts';
import { type Job, statusMeaning } from './jobs.ts';

/** A Lambda runs for at most 15 minutes, so this long after its execution ended nothing of it can still be at work. */
const zombieMinutes = 16;

export interface JudgeDependencies {
  bedrock: Pick<BatchJobs, 'get' | 'findByName'>;
  executions: Pick<Executions, 'describe'>;
  now(): number;
}

/**
 * Whether it is proven that a job is over, so that its place at the root may be taken: it is closed, or nothing of its
 * execution can still be at work and Bedrock says that the job is over or was never made. What cannot be judged counts as
 * alive.
 */
export async function isProvenOver(
  job: Job | undefined,
  executionArn: string,
  dependencies: JudgeDependencies,
): Promise<boolean> {
  if (job === undefined) return false;
  if (job.closed) return true;
  const execution = await dependencies.executions.describe(executionArn);
  if (execution === undefined || execution.running) return false;
  if (dependencies.now() - execution.endedAt < zombieMinutes * 60_000) return false;
  return isOverAtBedrock(job, dependencies.bedrock);
}

/** Whether Bedrock says that a job is over, or knows none of its name. */
export async function isOverAtBedrock(job: Job, bedrock: Pick<BatchJobs, 'get' | 'findByName'>): Promise<boolean> {
  if (job.createRequest === undefined) return true;
  const arn = job.batchJobArn ?? (await bedrock.findByName(job.createRequest.jobName));
  if (arn === undefined) return true;
  return statusMeaning[(await bedrock.get(arn)).status].over;
}
