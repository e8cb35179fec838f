import { inBatches } from '../../text/batches.ts';
import { JobStillRunning, messageInCause, Throttled } from '../errors/errors.ts';
import { maxKeysPerDelete } from '../limits.ts';
import { releaseLock } from '../lock/release-lock.ts';
import type { BatchJobs } from '../ports/batch-jobs.ts';
import type { MediaStore } from '../ports/media-store.ts';
import type { RunTable } from '../ports/run-table.ts';
import type { JobReference, StateFailure } from '../state.ts';
import { failureFromBedrock } from './bedrock-failure.ts';
import { statusMeaning } from './bedrock-status.ts';
import type { Job } from './job.ts';
import { historyFromBedrock } from './job-history.ts';
import { mayStillBeCreated, mayStillBePrepared } from './job-liveness.ts';

export interface SettleJobDependencies {
  table: Pick<RunTable, 'getJob' | 'beginSettling' | 'recordBedrockState' | 'closeJob' | 'getLock' | 'replaceLock'>;
  storeOf(bucket: string): Pick<MediaStore, 'listObjects' | 'deleteObjects'>;
  bedrock: Pick<BatchJobs, 'get' | 'findByName' | 'stop'>;
  now(): number;
}

/**
 * Settles a job, whatever became of it: blocks preparing and sending, makes sure that Bedrock does not read the input,
 * removes it with the copies, and releases the lock. A repeat does what is missing.
 *
 * @throws {JobStillRunning} while Bedrock has not stopped a job that was told to stop, or a lost function may still be
 * at work
 */
export async function settleJob(
  { failure, ...reference }: JobReference & { failure?: StateFailure },
  dependencies: SettleJobDependencies,
): Promise<JobReference> {
  const { table, storeOf, now } = dependencies;
  await table.beginSettling(reference, failure && { error: failure.error, reason: messageInCause(failure.cause) });
  const job = await table.getJob(reference);
  if (job.phase === 'closed') return reference;
  await stopUnlessOver(reference, job, dependencies);
  if (mayStillBePrepared(job, now())) {
    throw new JobStillRunning(`Job ${job.jobName} may still be prepared by a function that was lost: its input stays.`);
  }
  await removeInput(job, storeOf(job.inputBucket));
  if (job.layout === 'root') await releaseLock(job, table);
  await table.closeJob(reference);
  return reference;
}

async function stopUnlessOver(
  reference: JobReference,
  job: Job,
  { table, bedrock, now }: SettleJobDependencies,
): Promise<void> {
  if (job.createRequest === undefined) return;
  const arn = job.batchJobArn ?? (await bedrock.findByName(job.createRequest.jobName));
  if (arn === undefined) {
    if (!mayStillBeCreated(job, now())) return;
    throw new JobStillRunning(
      `Job ${job.jobName} was asked for and nobody knows yet whether Bedrock made it: its input stays.`,
    );
  }
  const seen = await bedrock.get(arn);
  const { status, counters, endedAt } = seen;
  const { over } = statusMeaning[status];
  const ended = over ? (endedAt ?? new Date(now())).toISOString() : undefined;
  // A job that Start created but could not write is known from here on, so that its output is collected.
  const failure = over ? failureFromBedrock(job, seen) : job.failure;
  const history = historyFromBedrock(job, seen, now());
  await table.recordBedrockState(reference, { batchJobArn: arn, status, history, counters, failure, endedAt: ended });
  if (over) return;
  if (status !== 'Stopping') await bedrock.stop(arn);
  throw new JobStillRunning(
    `Job ${job.jobName} was told to stop and is still ${status}: its input stays until it is over.`,
  );
}

/** Removes the input and the copies; for a staged job its whole folder. */
async function removeInput(
  { jobName, layout, inputFolder, copiesPrefix, batchInputS3Key }: Job,
  store: ReturnType<SettleJobDependencies['storeOf']>,
): Promise<void> {
  for await (const batch of inBatches(keys(), maxKeysPerDelete)) {
    const [failure] = await store.deleteObjects(batch);
    if (failure) throw new Throttled(`S3 did not remove ${failure.key} of job ${jobName}: ${failure.reason}`);
  }

  async function* keys(): AsyncGenerator<string> {
    yield batchInputS3Key;
    for await (const { key } of store.listObjects(layout === 'staged' ? inputFolder : copiesPrefix)) {
      if (key !== batchInputS3Key) yield key;
    }
  }
}
