import pMap from 'p-map';
import { messageOf } from '../errors/errors.ts';
import type { BatchJobs } from '../ports/batch-jobs.ts';
import type { RunTable } from '../ports/run-table.ts';
import { statusMeaning } from './bedrock-status.ts';
import type { Job } from './job.ts';

export interface StopJobsDependencies {
  table: Pick<RunTable, 'updateJob'>;
  bedrock: Pick<BatchJobs, 'get' | 'findByName' | 'stop'>;
}

/** Requests at the same time: Bedrock takes few per second for batch jobs. */
const concurrency = 4;

/**
 * Marks each job as stopped, and asks Bedrock to stop those that run. Returns a sentence for each job that Bedrock did
 * not stop; the resumed run stops it too. A job that could not be marked would be sent by the resumed run.
 *
 * @throws what the table throws
 */
export async function stopJobs(jobs: readonly Job[], { table, bedrock }: StopJobsDependencies): Promise<string[]> {
  const unmarked = jobs.filter(({ stopRequested }) => !stopRequested);
  await pMap(unmarked, (job) => table.updateJob(job, { stopRequested: true }), { concurrency });
  const problems: string[] = [];
  const stopOrTell = (job: Job) =>
    stopAtBedrock(job, bedrock).catch((error: unknown) => {
      problems.push(`Job ${job.jobName} could not be told to stop: ${messageOf(error)}`);
    });
  await pMap(jobs, stopOrTell, { concurrency });
  return problems;
}

/**
 * Asks Bedrock to stop a job, also one whose ARN was not written; does nothing where it is over or was never created.
 */
export async function stopAtBedrock(job: Job, bedrock: Pick<BatchJobs, 'get' | 'findByName' | 'stop'>): Promise<void> {
  if (job.phase === 'closed' || job.createRequest === undefined) return;
  const arn = job.batchJobArn ?? (await bedrock.findByName(job.createRequest.jobName));
  if (arn === undefined) return;
  const { status } = await bedrock.get(arn);
  if (!statusMeaning[status].over && status !== 'Stopping') await bedrock.stop(arn);
}
