import { isDeepStrictEqual } from 'node:util';
import { FolderBusy, Throttled } from '../shared/domain/errors/errors.ts';
import type { Job, Waiting } from '../shared/domain/job/job.ts';
import { historyWith } from '../shared/domain/job/job-history.ts';
import { isProvenOver, type LivenessDependencies } from '../shared/domain/job/job-liveness.ts';
import { type Lock, requestLock } from '../shared/domain/lock/lock.ts';
import type { RunTable } from '../shared/domain/ports/run-table.ts';

export interface TakeLockDependencies extends LivenessDependencies {
  table: Pick<RunTable, 'getLock' | 'replaceLock' | 'findJob' | 'updateUnmadeJob' | 'setFence'>;
}

/** Lost races in a row: other jobs change the lock, but not this often within one step. */
const maxTries = 10;

/**
 * Takes the lock on the root of a job's bucket and returns its fencing number. While the job waits, the table says for
 * which owner, since when and how many are before it.
 *
 * @throws {FolderBusy} when another job owns the lock or came earlier; the job's place in the queue is written
 */
export async function takeLock(job: Job, executionArn: string, dependencies: TakeLockDependencies): Promise<number> {
  const { table } = dependencies;
  const asked = await ask(job, executionArn, dependencies);
  if (typeof asked === 'object') {
    const { owner, since, ahead } = asked;
    // Asked every few minutes for days: an unchanged wait is not written again.
    if (!isDeepStrictEqual(job.waiting, asked)) {
      const history = historyWith(job, { status: 'Waiting', at: since, for: 'root' });
      await table.updateUnmadeJob(job, { status: 'Waiting', waiting: asked, history });
    }
    throw new FolderBusy(
      `Job ${job.jobName} waits for the root of bucket ${job.bucket} since ${since}: ` +
        `${owner ? `job ${owner.jobName} of run ${owner.runId} has it since ${owner.since}` : 'others came earlier'}, ` +
        `${ahead} before it.`,
    );
  }
  if (!(await table.setFence(job, asked, executionArn))) {
    throw new FolderBusy(`Job ${job.jobName} has a later execution than ${executionArn}, which holds the lock now.`);
  }
  if (job.waiting !== undefined) {
    const history = historyOnceFree(job, dependencies.now());
    await table.updateUnmadeJob(job, { status: 'Planned', history }, ['waiting']);
  }
  return asked;
}

/** Returns the history of a job that waited for the lock and owns it now. */
export function historyOnceFree(job: Job, nowMs: number): Job['history'] {
  return job.waiting === undefined
    ? job.history
    : historyWith(job, { status: 'Planned', at: new Date(nowMs).toISOString() });
}

/** Returns the fencing number, or what the job waits for. */
async function ask(
  { bucket, runId, jobName }: Job,
  executionArn: string,
  dependencies: TakeLockDependencies,
): Promise<number | Waiting> {
  const { table, now } = dependencies;
  for (let tries = 1; tries <= maxTries; tries++) {
    const lock = await table.getLock(bucket);
    const ownerIsOver = await isOwnerOver(lock, dependencies);
    const decision = requestLock(lock, bucket, { runId, jobName, executionArn }, now(), ownerIsOver);
    if (decision.kind === 'owned') return decision.fence;
    if (!(await table.replaceLock(lock, decision.next))) continue;
    if (decision.kind === 'taken') return decision.fence;
    const waiting: Waiting = { for: 'root', since: decision.since, ahead: decision.ahead };
    if (lock?.owner === undefined) return waiting;
    const { runId: ownerRunId, jobName: ownerJobName, since } = lock.owner;
    return { ...waiting, owner: { runId: ownerRunId, jobName: ownerJobName, since } };
  }
  throw new Throttled(`The lock on bucket ${bucket} changed ${maxTries} times while job ${jobName} asked for it.`);
}

async function isOwnerOver(lock: Lock | undefined, dependencies: TakeLockDependencies): Promise<boolean> {
  const owner = lock?.owner;
  if (owner === undefined) return false;
  const job = await dependencies.table.findJob(owner);
  return isProvenOver(job, owner.executionArn, dependencies);
}
