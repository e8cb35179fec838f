import pMap from 'p-map';
import type { Job } from '../../shared/domain/job/job.ts';
import { copiesPrefixOf, inputKeyOf, jobOutputPrefix, stagedFolderOf } from '../../shared/domain/keys.ts';
import type { Plan, Round } from '../../shared/domain/plan/plan.ts';
import type { Run } from '../../shared/domain/run/run.ts';
import type { PlanRunDependencies } from '../dependencies.ts';

/** How often an execution may give the jobs of a round to children: one that cannot end them must not go on for ever. */
export const maxPasses = 3;

/** A round has up to 1,000 jobs, and a write takes a few milliseconds. */
const concurrentWrites = 20;

/** The jobs of a round as they stand; those that the table does not have yet are written down. */
export async function jobsOf(plan: Plan, round: Round, dependencies: PlanRunDependencies): Promise<Job[]> {
  const known = await inTable();
  const names = new Set(known.map(({ jobName }) => jobName));
  const missing = jobItems(plan, round, dependencies).filter(({ jobName }) => !names.has(jobName));
  if (missing.length === 0) return known;
  await pMap(missing, (job) => dependencies.table.createJob(job), { concurrency: concurrentWrites });
  return inTable();

  async function inTable(): Promise<Job[]> {
    return (await dependencies.table.listJobs(plan.runId)).filter((job) => job.round === round.round);
  }
}

/** In a run that a person stopped, jobs are given to children to be settled, never to be sent. */
export async function markIfStopped(jobs: readonly Job[], run: Run, { table }: PlanRunDependencies): Promise<void> {
  if (run.stopRequestedAt === undefined) return;
  const unmarked = jobs.filter(({ stopRequested }) => !stopRequested);
  await pMap(unmarked, (job) => table.updateJob(job, { stopRequested: true }), { concurrency: concurrentWrites });
}

function jobItems(plan: Plan, round: Round, { prefixes, stagingBucket }: PlanRunDependencies): Job[] {
  const { runId, bucket, modelId, timeoutHours } = plan;
  const { layout, recordsKey } = round;
  return round.jobs.map(({ mediaBytes: _mediaBytes, ...planned }, at) => ({
    ...planned,
    runId,
    round: round.round,
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
    closed: false,
  }));
}
