import { Throttled } from '../errors/errors.ts';
import type { RunTable } from '../ports/run-table.ts';
import { leaveLock } from './lock.ts';

/** Others change the lock now and then; a change of ours is tried again this often. */
const maxTries = 10;

/** Takes a job out of a bucket's lock, as its owner or from the queue; one that is not in it is no error. */
export async function releaseLock(
  job: { bucket: string; runId: string; jobName: string },
  table: Pick<RunTable, 'getLock' | 'replaceLock'>,
): Promise<void> {
  for (let tries = 1; tries <= maxTries; tries++) {
    const lock = await table.getLock(job.bucket);
    const without = lock && leaveLock(lock, job);
    if (without === undefined || (await table.replaceLock(lock, without))) return;
  }
  throw new Throttled(`The lock on bucket ${job.bucket} changed ${maxTries} times while job ${job.jobName} left it.`);
}
