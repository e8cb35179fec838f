import type { BatchJobs } from '../shared/batch-jobs.ts';
import { errorNames, JobStillRunning, messageInCause } from '../shared/errors.ts';
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
  now(): number;
}

/** How far behind Bedrock's list may be; unverified, so generous. Until then a job that it does not show may have been made. */
const listLagMs = 5 * 60 * 1000;

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
  await stopUnlessOver(reference, job, failure, dependencies);
  await storeOf(job.bucket).deleteObject(job.batchInputS3Key);
  await leaveTheLease(job, table);
  await table.closeJob(reference);
  return reference;
}

async function stopUnlessOver(
  reference: JobReference,
  job: Job,
  failure: StateFailure | undefined,
  { table, bedrock, now }: SettleJobDependencies,
): Promise<void> {
  if (job.createRequest === undefined) return;
  const arn = job.batchJobArn ?? (await bedrock.findByName(job.createRequest.jobName));
  if (arn === undefined) {
    const isSurelyUnmade = failure?.error === errorNames.jobRefused || job.createRequestedAt === undefined;
    if (isSurelyUnmade || now() - Date.parse(job.createRequestedAt ?? '') > listLagMs) return;
    throw new JobStillRunning(
      `Job ${job.jobName} was asked for and nobody knows yet whether Bedrock made it: its input stays.`,
    );
  }
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
