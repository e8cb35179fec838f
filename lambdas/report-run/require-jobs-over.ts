import pMap from 'p-map';
import { JobStillRunning } from '../shared/domain/errors/errors.ts';
import type { Job } from '../shared/domain/job/job.ts';
import { isOverAtBedrock } from '../shared/domain/job/job-liveness.ts';
import { stopAtBedrock } from '../shared/domain/job/stop-jobs.ts';
import type { BatchJobs } from '../shared/domain/ports/batch-jobs.ts';
import type { RunTable } from '../shared/domain/ports/run-table.ts';
import { countText } from '../shared/text/amounts.ts';

export interface RequireJobsOverDependencies {
  table: Pick<RunTable, 'beginSettling' | 'getJob'>;
  bedrock: Pick<BatchJobs, 'get' | 'findByName' | 'stop'>;
  now(): number;
}

/** Few at once, because Bedrock allows few requests a second for batch jobs. */
const concurrency = 4;

/**
 * Blocks jobs without collected results from being sent, stops those that run, and returns their state.
 *
 * A running job keeps costing money, so the run must not end before it.
 *
 * @throws {JobStillRunning} while a job runs, or may still be created by an interrupted function
 */
export async function requireJobsOver(jobs: readonly Job[], dependencies: RequireJobsOverDependencies): Promise<Job[]> {
  const { table, bedrock } = dependencies;
  const running: string[] = [];
  const settled = await pMap(jobs, settle, { concurrency });
  const [first] = running;
  if (first === undefined) return settled;
  throw new JobStillRunning(
    `The report waits for ${countText(running.length, 'job')} without collected results that may still run, such as ` +
      `${first}: Bedrock was asked to stop them.`,
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
