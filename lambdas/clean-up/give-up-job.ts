import type { Job } from '../shared/domain/job/job.ts';
import { isProvenOver, type LivenessDependencies } from '../shared/domain/job/job-liveness.ts';
import { releaseLock } from '../shared/domain/lock/release-lock.ts';
import type { RunTable } from '../shared/domain/ports/run-table.ts';
import { isOpen } from '../shared/domain/run/run.ts';

export interface GiveUpJobDependencies extends LivenessDependencies {
  table: Pick<RunTable, 'getRun' | 'findJob' | 'beginSettling' | 'closeJob' | 'getLock' | 'replaceLock'>;
}

const failure = { error: 'GivenUp', reason: 'nothing worked on the job any more, so the clean-up removed its files' };

/** This long after the last execution of an open run, nothing resumes it: a recovery waits a day at most. */
const resumedWithinMs = 3 * 24 * 60 * 60 * 1000;

/**
 * Says whether a job is proven over and its run will not come back to it, so that its files may be removed. An
 * unsettled job is first blocked for late functions and then judged again; a dry run leaves it as it is.
 */
export async function isGivenUp(job: Job, dryRun: boolean, dependencies: GiveUpJobDependencies): Promise<boolean> {
  const isOver = (facts: Job | undefined) =>
    facts?.executionArn !== undefined && isProvenOver(facts, facts.executionArn, dependencies);
  if (job.phase === 'closed') return isOver(job);
  if ((await mayBeResumed(job, dependencies)) || !(await isOver(job))) return false;
  if (dryRun) return true;
  await dependencies.table.beginSettling(job, failure);
  return isOver(await dependencies.table.findJob(job));
}

/** The reason why a job keeps its files, as words for people. */
export function notGivenUp({ jobName }: Pick<Job, 'jobName'>): string {
  return `job ${jobName} is not proven over, or its run may go on`;
}

/** Says whether the run of a job runs or may be resumed. */
async function mayBeResumed({ runId }: Job, { table, executions, now }: GiveUpJobDependencies): Promise<boolean> {
  const run = await table.getRun(runId);
  if (run === undefined || !isOpen(run)) return false;
  const last = run.executionArns.at(-1);
  const execution = last === undefined ? undefined : await executions.describe(last);
  return execution === undefined || execution.running || now() - execution.endedAt < resumedWithinMs;
}

/** Closes a job whose files are removed, and releases its lock. */
export async function closeGivenUp(
  job: Job,
  bucket: string,
  { table }: Pick<GiveUpJobDependencies, 'table'>,
): Promise<void> {
  await releaseLock({ bucket, runId: job.runId, jobName: job.jobName }, table);
  if (job.phase !== 'closed') await table.closeJob(job);
}
