import pMap from 'p-map';
import { expiryOf } from '../shared/domain/expiry.ts';
import type { Job } from '../shared/domain/job/job.ts';
import type { RunTable } from '../shared/domain/ports/run-table.ts';
import type { Run } from '../shared/domain/run/run.ts';

export interface EndRunDependencies {
  table: Pick<RunTable, 'finishRun' | 'updateJob'>;
  now(): number;
}

const jobsAtOnce = 16;

/**
 * Writes the end of a run, and lets the table delete it and its jobs later. A job that answered a record stays, and so
 * does its run: claims look up their state there, and without it those records would be sent again.
 */
export async function endRun(
  { runId, status, reason }: Pick<Run, 'runId' | 'status' | 'reason'>,
  jobs: readonly Job[],
  { table, now }: EndRunDependencies,
): Promise<void> {
  const unanswered = jobs.filter(({ collected }) => collected?.records.succeeded === 0);
  const expiresAt = unanswered.length === jobs.length ? expiryOf('run', now()) : undefined;
  // Before the end of the run, so that a repeat after an interruption gets here again.
  await pMap(unanswered, (job) => table.updateJob(job, { expiresAt: expiryOf('job', now()) }), {
    concurrency: jobsAtOnce,
  });
  await table.finishRun(runId, { status, reason, expiresAt });
}
