import { isDeepStrictEqual } from 'node:util';
import type * as z from 'zod';
import { JobRefused } from '../shared/domain/errors/errors.ts';
import { failureFromBedrock, foreignRecordsIn } from '../shared/domain/job/bedrock-failure.ts';
import { statusMeaning } from '../shared/domain/job/bedrock-status.ts';
import { historyFromBedrock } from '../shared/domain/job/job-history.ts';
import { nextPollSeconds } from '../shared/domain/job/next-poll.ts';
import { overdueHours } from '../shared/domain/limits.ts';
import type { BatchJobs } from '../shared/domain/ports/batch-jobs.ts';
import type { RunTable } from '../shared/domain/ports/run-table.ts';
import type { pollJobInputSchema, pollJobOutputSchema } from '../shared/domain/state.ts';

export interface PollJobDependencies {
  table: Pick<RunTable, 'getJob' | 'recordBedrockState'>;
  bedrock: Pick<BatchJobs, 'get' | 'stop'>;
  now(): number;
}

/**
 * Records the state of the job at Bedrock and returns how long to wait until the next poll.
 *
 * Stops the job if a user stopped the run, or if Bedrock counts more records than were sent: then a foreign `.jsonl`
 * runs in it, at this account's cost.
 *
 * @throws {JobRefused} if Bedrock has not ended the job long after its own timeout
 */
export async function pollJob(
  { batchJobArn, ...reference }: z.infer<typeof pollJobInputSchema>,
  { table, bedrock, now }: PollJobDependencies,
): Promise<z.infer<typeof pollJobOutputSchema>> {
  const [job, seen] = await Promise.all([table.getJob(reference), bedrock.get(batchJobArn)]);
  if (job.batchJobArn !== batchJobArn || job.submittedAt === undefined) {
    throw new JobRefused(
      `Job ${job.jobName} has ${job.batchJobArn ?? 'no batchJobArn'} in the table, expected ${batchJobArn} that "Start job" ` +
        "returned: look at the job's failure.",
    );
  }
  const { over } = statusMeaning[seen.status];
  const foreignRecords = foreignRecordsIn(job, seen);
  const failure = failureFromBedrock(job, seen);
  const endedAt = over ? (seen.endedAt ?? new Date(now())).toISOString() : undefined;
  const news = { status: seen.status, counters: seen.counters, failure, endedAt };
  // Most polls of a week see nothing new; writing each would cost more than all other steps together.
  const { status, counters, failure: known, endedAt: knownEnd } = job;
  if (!isDeepStrictEqual(news, { status, counters, failure: known, endedAt: knownEnd }))
    await table.recordBedrockState(reference, { ...news, history: historyFromBedrock(job, seen, now()) });
  const ageSeconds = (now() - Date.parse(job.submittedAt)) / 1000;
  if (!over) {
    if ((foreignRecords > 0 || job.stopRequested) && seen.status !== 'Stopping') await bedrock.stop(batchJobArn);
    if (ageSeconds > (job.timeoutHours + overdueHours) * 3600) {
      throw new JobRefused(
        `Job ${job.jobName} is still ${seen.status} ${Math.round(ageSeconds / 3600)} h after it was submitted, past its ` +
          `timeout of ${job.timeoutHours} h: it will be stopped, and a new run can send its records again.`,
      );
    }
  }
  return { ...reference, batchJobArn, status: seen.status, over, waitSeconds: nextPollSeconds(ageSeconds) };
}
