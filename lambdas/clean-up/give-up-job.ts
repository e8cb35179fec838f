import type { JobFacts } from '../shared/jobs.ts';
import { isProvenOver, type JudgeDependencies } from '../shared/judge-job.ts';
import { leaveTheLease } from '../shared/leave-lease.ts';
import type { RunTable } from '../shared/run-table.ts';

export interface GiveUpJobDependencies extends JudgeDependencies {
  table: Pick<RunTable, 'findJob' | 'beginSettling' | 'closeJob' | 'getLease' | 'replaceLease'>;
}

const failure = { error: 'GivenUp', reason: 'nothing worked on the job any more, so the clean-up removed its files' };

/**
 * Whether a job is proven over, so that its files may go. One that nobody has settled is closed to whoever comes late, and judged
 * again behind the closed door; a dry run leaves it as it is.
 */
export async function isGivenUp(job: JobFacts, dryRun: boolean, dependencies: GiveUpJobDependencies): Promise<boolean> {
  const isOver = (facts: JobFacts | undefined) =>
    facts?.executionArn !== undefined && isProvenOver(facts, facts.executionArn, dependencies);
  if (!(await isOver(job))) return false;
  if (dryRun || job.closed) return true;
  await dependencies.table.beginSettling(job, failure);
  return isOver(await dependencies.table.findJob(job));
}

/** Closes a job whose files are removed, and lets the next one have the root of the bucket. */
export async function closeGivenUp(
  job: JobFacts,
  bucket: string,
  { table }: Pick<GiveUpJobDependencies, 'table'>,
): Promise<void> {
  await leaveTheLease({ bucket, runId: job.runId, jobName: job.jobName }, table);
  if (!job.closed) await table.closeJob(job);
}
