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
 * Writes down how a run ended, and lets the table forget it one day with its jobs. A job that answered a record stays, and its run with
 * it: claims ask it what came of them, for ever, and without it those records would be sent again.
 */
export async function endRun(
  { runId, status, reason }: Pick<Run, 'runId' | 'status' | 'reason'>,
  jobs: readonly Job[],
  { table, now }: EndRunDependencies,
): Promise<void> {
  const forgotten = jobs.filter(({ collected }) => collected?.records.succeeded === 0);
  const expiresAt = forgotten.length === jobs.length ? expiryOf('run', now()) : undefined;
  // Before the run's own end, so that a repeat after a crash comes here again.
  await pMap(forgotten, (job) => table.updateJob(job, { expiresAt: expiryOf('job', now()) }), {
    concurrency: jobsAtOnce,
  });
  await table.finishRun(runId, { status, reason, expiresAt });
}
