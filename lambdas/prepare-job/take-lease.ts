import { FolderBusy, Throttled } from '../shared/errors.ts';
import { isProvenOver, type JudgeDependencies } from '../shared/judge-job.ts';
import { askForLease, type Lease } from '../shared/lease.ts';
import type { RunTable } from '../shared/run-table.ts';

export interface TakeLeaseDependencies extends JudgeDependencies {
  table: Pick<RunTable, 'getLease' | 'replaceLease' | 'findJob'>;
}

/** Others change the lease now and then; ten of them in a row within one step means something else. */
const maxTries = 10;

/**
 * Takes the lease on a bucket's root for a job, and gives its fencing number.
 *
 * @throws {FolderBusy} when another job has it or came earlier; the job's place in the queue is written down
 */
export async function takeLease(
  bucket: string,
  contender: { runId: string; jobName: string; executionArn: string },
  dependencies: TakeLeaseDependencies,
): Promise<number> {
  const { table, now } = dependencies;
  for (let tries = 1; tries <= maxTries; tries++) {
    const lease = await table.getLease(bucket);
    const holderIsOver = await isHolderOver(lease, dependencies);
    const decision = askForLease(lease, bucket, contender, now(), holderIsOver);
    if (decision.kind === 'held') return decision.fence;
    if (!(await table.replaceLease(lease, decision.next))) continue;
    if (decision.kind === 'taken') return decision.fence;
    const holder = lease?.holder;
    throw new FolderBusy(
      `Job ${contender.jobName} waits for the root of bucket ${bucket}: ` +
        `${holder ? `job ${holder.jobName} of run ${holder.runId} has it since ${holder.since}` : 'others came earlier'}, ` +
        `${decision.ahead} before it.`,
    );
  }
  throw new Throttled(
    `The lease on bucket ${bucket} changed ${maxTries} times while job ${contender.jobName} asked for it.`,
  );
}

async function isHolderOver(lease: Lease | undefined, dependencies: TakeLeaseDependencies): Promise<boolean> {
  const holder = lease?.holder;
  if (holder === undefined) return false;
  const job = await dependencies.table.findJob(holder);
  return isProvenOver(job, holder.executionArn, dependencies);
}
