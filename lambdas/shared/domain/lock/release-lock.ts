import type { RunTable } from '../../aws/dynamodb/run-table.ts';
import { Throttled } from '../errors/errors.ts';
import { leaveLease } from './lock.ts';

/** Others change the lease now and then; a change of ours is tried again this often. */
const maxTries = 10;

/** Takes a job out of a bucket's lease, as its holder or from the queue; one that is not in it is no error. */
export async function leaveTheLease(
  job: { bucket: string; runId: string; jobName: string },
  table: Pick<RunTable, 'getLease' | 'replaceLease'>,
): Promise<void> {
  for (let tries = 1; tries <= maxTries; tries++) {
    const lease = await table.getLease(job.bucket);
    const without = lease && leaveLease(lease, job);
    if (without === undefined || (await table.replaceLease(lease, without))) return;
  }
  throw new Throttled(`The lease on bucket ${job.bucket} changed ${maxTries} times while job ${job.jobName} left it.`);
}
