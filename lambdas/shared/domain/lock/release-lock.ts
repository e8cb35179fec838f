import { Throttled } from '../errors/errors.ts';
import type { RunTable } from '../ports/run-table.ts';
import { leaveLock } from './lock.ts';

/** Other jobs change the lock, too; a change is retried this often. */
const maxTries = 10;

/** Removes a job from the lock of a bucket, as owner or contender. A job that is neither is no error. */
export async function releaseLock(
  job: { bucket: string; runId: string; jobName: string },
  table: Pick<RunTable, 'getLock' | 'replaceLock'>,
): Promise<void> {
  for (let tries = 1; tries <= maxTries; tries++) {
    const lock = await table.getLock(job.bucket);
    const without = lock && leaveLock(lock, job);
    if (without === undefined || (await table.replaceLock(lock, without))) return;
  }
  throw new Throttled(
    `The lock of bucket ${job.bucket} changed ${maxTries} times while job ${job.jobName} released it: try again.`,
  );
}
