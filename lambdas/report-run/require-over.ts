import pMap from 'p-map';
import { JobStillRunning } from '../shared/domain/errors/errors.ts';
import type { Job } from '../shared/domain/job/job.ts';
import { isOverAtBedrock } from '../shared/domain/job/job-liveness.ts';
import { stopAtBedrock } from '../shared/domain/job/stop-at-bedrock.ts';
import type { BatchJobs } from '../shared/domain/ports/batch-jobs.ts';
import type { RunTable } from '../shared/domain/ports/run-table.ts';

export interface RequireOverDependencies {
  table: Pick<RunTable, 'beginSettling' | 'getJob'>;
  bedrock: Pick<BatchJobs, 'get' | 'findByName' | 'stop'>;
  now(): number;
}

/** Few at once, because Bedrock takes few requests a second for batch jobs. */
const concurrency = 4;

/**
 * Sees to it that jobs which no child could end run no more: none is sent from here on, and Bedrock is asked to stop those that
 * are not over. What still runs goes on costing money, so that a run must not end around it. Gives the jobs as they stand then.
 *
 * @throws {JobStillRunning} while one of them runs, or may yet be made by a function that was lost
 */
export async function requireOver(jobs: readonly Job[], dependencies: RequireOverDependencies): Promise<Job[]> {
  const { table, bedrock } = dependencies;
  const running: string[] = [];
  const settled = await pMap(jobs, settle, { concurrency });
  const [first] = running;
  if (first === undefined) return settled;
  throw new JobStillRunning(
    `Of the jobs that could not be collected ${running.length} may still run, such as ${first}; expected none: they were told ` +
      'to stop, and the report waits for them.',
  );

  async function settle(reference: Job): Promise<Job> {
    await table.beginSettling(reference);
    const job = await table.getJob(reference);
    if (job.phase === 'closed' || (await isOverAtBedrock(job, dependencies))) return job;
    running.push(job.jobName);
    await stopAtBedrock(job, bedrock);
    return job;
  }
}
