import type { BatchJobs } from '../shared/batch-jobs.ts';
import { JobStillRunning, messageInCause } from '../shared/errors.ts';
import { type Job, statusMeaning } from '../shared/jobs.ts';
import { leaveTheLease } from '../shared/leave-lease.ts';
import type { MediaStore } from '../shared/media-store.ts';
import type { RunTable } from '../shared/run-table.ts';
import type { JobReference, StateFailure } from '../shared/state.ts';

export interface SettleJobDependencies {
  table: Pick<RunTable, 'getJob' | 'updateJob' | 'closeJob' | 'getLease' | 'replaceLease'>;
  /** The bucket that the job's input lies in. */
  storeOf(bucket: string): Pick<MediaStore, 'deleteObject'>;
  bedrock: Pick<BatchJobs, 'get' | 'findByName' | 'stop'>;
}

/**
 * Clears up after a job, whatever became of it: makes sure that Bedrock does not read the input any more, removes it, and
 * lets the next job have the root. A repeat does what is missing.
 *
 * @throws {JobStillRunning} while Bedrock has not stopped a job that was told to stop
 */
export async function settleJob(
  { failure, ...reference }: JobReference & { failure?: StateFailure },
  dependencies: SettleJobDependencies,
): Promise<JobReference> {
  const { table, storeOf } = dependencies;
  const job = await table.getJob(reference);
  if (job.closed) return reference;
  if (failure !== undefined && job.failure === undefined) {
    await table.updateJob(reference, { failure: { error: failure.error, reason: messageInCause(failure.cause) } });
  }
  await stopUnlessOver(reference, job, dependencies);
  await storeOf(job.bucket).deleteObject(job.batchInputS3Key);
  await leaveTheLease(job, table);
  await table.closeJob(reference);
  return reference;
}

async function stopUnlessOver(
  reference: JobReference,
  job: Job,
  { table, bedrock }: SettleJobDependencies,
): Promise<void> {
  if (job.createRequest === undefined) return;
  const arn = job.batchJobArn ?? (await bedrock.findByName(job.createRequest.jobName));
  if (arn === undefined) return;
  const seen = await bedrock.get(arn);
  // A job that Start made and could not write down any more is known from here on, so that its output is collected.
  const { status, counters, endedAt } = seen;
  await table.updateJob(reference, { batchJobArn: arn, status, counters, endedAt: endedAt?.toISOString() });
  if (statusMeaning[status].over) return;
  if (seen.status !== 'Stopping') await bedrock.stop(arn);
  throw new JobStillRunning(
    `Job ${job.jobName} was told to stop and is still ${seen.status}: its input stays until it is over.`,
  );
}
