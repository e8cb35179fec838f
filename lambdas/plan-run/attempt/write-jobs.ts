import pMap from 'p-map';
import type { Job } from '../../shared/domain/job/job.ts';
import { copiesPrefixOf, inputKeyOf, jobOutputPrefix, stagedFolderOf } from '../../shared/domain/keys.ts';
import type { Attempt, Plan } from '../../shared/domain/plan/plan.ts';
import type { RunTable } from '../../shared/domain/ports/run-table.ts';
import type { Run } from '../../shared/domain/run/run.ts';
import type { AttemptDependencies } from './attempt-context.ts';

/**
 * The most dispatches of an attempt per execution: an execution whose children cannot end their jobs must end itself.
 */
export const maxDispatches = 3;

/** An attempt has up to 1,000 jobs, and a write takes a few milliseconds. */
const concurrentWrites = 20;

interface WriteJobsDependencies extends Pick<AttemptDependencies, 'prefixes' | 'stagingBucket'> {
  table: Pick<RunTable, 'createJob' | 'listJobs' | 'updateJob'>;
}

/** Returns the jobs of an attempt as the table has them, and writes those that it lacks. */
export async function jobsOf(plan: Plan, attempt: Attempt, dependencies: WriteJobsDependencies): Promise<Job[]> {
  const known = await inTable();
  const names = new Set(known.map(({ jobName }) => jobName));
  const missing = jobItems(plan, attempt, dependencies).filter(({ jobName }) => !names.has(jobName));
  if (missing.length === 0) return known;
  await pMap(missing, (job) => dependencies.table.createJob(job), { concurrency: concurrentWrites });
  return inTable();

  async function inTable(): Promise<Job[]> {
    return (await dependencies.table.listJobs(plan.runId)).filter((job) => job.attempt === attempt.attempt);
  }
}

/** Marks jobs of a run stopped by a user: children settle them and never send them. */
export async function markIfStopped(
  jobs: readonly Job[],
  run: Run,
  { table }: Pick<WriteJobsDependencies, 'table'>,
): Promise<void> {
  if (run.stopRequestedAt === undefined) return;
  const unmarked = jobs.filter(({ stopRequested }) => !stopRequested);
  await pMap(unmarked, (job) => table.updateJob(job, { stopRequested: true }), { concurrency: concurrentWrites });
}

function jobItems(plan: Plan, attempt: Attempt, { prefixes, stagingBucket }: WriteJobsDependencies): Job[] {
  const { runId, bucket, modelId, timeoutHours } = plan;
  const { layout, recordsKey } = attempt;
  return attempt.jobs.map(({ mediaBytes: _mediaBytes, ...planned }, at) => ({
    ...planned,
    runId,
    attempt: attempt.attempt,
    number: at + 1,
    bucket,
    modelId,
    layout,
    inputBucket: layout === 'root' ? bucket : stagingBucket,
    inputFolder: layout === 'root' ? '' : stagedFolderOf(planned.jobName),
    copiesPrefix: copiesPrefixOf(prefixes, planned.jobName, layout),
    timeoutHours,
    recordsKey,
    batchInputS3Key: inputKeyOf(planned.jobName, layout),
    batchOutputS3Prefix: jobOutputPrefix(prefixes, planned.jobName),
    status: 'Planned',
    history: [],
    phase: 'open',
  }));
}
