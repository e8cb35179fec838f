import { pMapIterable } from 'p-map';
import * as z from 'zod';
import type { Job } from '../../../lambdas/shared/domain/job/job.ts';
import { outcomeSchema } from '../../../lambdas/shared/domain/run/outcome.ts';
import { isOpen, type Run, runSchema } from '../../../lambdas/shared/domain/run/run.ts';
import { isRun } from '../aws/find-run.ts';
import { type ListedExecution, type Runs, readableOutcome } from '../aws/runs.ts';
import { waitOf, waitText } from '../terminal/job-text.ts';

/** A run in the list; `status --json` prints an array of these. */
export const listedRunSchema = z.object({
  runId: z.string(),
  status: runSchema.shape.status,
  startedAt: z.iso.datetime(),
  endedAt: z.iso.datetime().optional(),
  /** Submitted records, or planned ones while the run is active; absent before its plan. */
  records: z.int().optional(),
  /** Records that Bedrock has answered or refused by its own count, padding included; only while the run is active. */
  processed: z.int().optional(),
  /** Cost as a batch, or `unknown`; absent until it has ended. */
  costUsd: outcomeSchema.shape.cost.shape.batchUsd.optional(),
  /** Estimated cost; absent if the model has no price. */
  estimateUsd: z.number().optional(),
  /** What it waits for, as text. */
  waitsFor: z.string().optional(),
});
export type ListedRun = z.infer<typeof listedRunSchema>;

type ListingRuns = Pick<Runs, 'executions' | 'item' | 'jobs' | 'outcome'>;

const readsAtOnce = { concurrency: 8, backpressure: 16 };

const statusOfEnded: Partial<Record<string, Run['status']>> = {
  ABORTED: 'Stopped',
  FAILED: 'Refused',
  SUCCEEDED: 'Succeeded',
  TIMED_OUT: 'Failed',
};

/**
 * Lists the newest runs, the newest first. The table indexes open runs only, because an index of all runs would cost a
 * write for each. So this lists the executions, whose names are the runs' IDs, and reads each run from the table.
 */
export async function listRuns(runs: ListingRuns, limit: number): Promise<ListedRun[]> {
  const ends = new Map<string, Date | undefined>();
  const read = async (execution: ListedExecution) => {
    ends.set(execution.executionArn, execution.endedAt);
    return { execution, item: await runs.item(execution.name) };
  };
  const found: { execution: ListedExecution; item?: Run }[] = [];
  for await (const { execution, item } of pMapIterable(runs.executions(), read, readsAtOnce)) {
    if (isRun(execution, item !== undefined)) found.push({ execution, item });
    if (found.length === limit) break;
  }
  const listed: ListedRun[] = [];
  const describe = ({ execution, item }: (typeof found)[number]) =>
    item === undefined ? unplanned(execution) : planned(item, ends, runs);
  for await (const run of pMapIterable(found, describe, readsAtOnce)) listed.push(run);
  return listed;
}

function unplanned({ name, status, startedAt, endedAt }: ListedExecution): ListedRun {
  const times = { startedAt: startedAt.toISOString(), endedAt: endedAt?.toISOString() };
  return { runId: name, status: statusOfEnded[status] ?? 'Planning', ...times };
}

async function planned(item: Run, ends: ReadonlyMap<string, Date | undefined>, runs: ListingRuns): Promise<ListedRun> {
  const { runId, status, startedAt } = item;
  const estimateUsd = item.planned?.estimate?.totalUsd;
  if (isOpen(item)) {
    const jobs = await runs.jobs(runId);
    const processed = jobs.reduce((sum, { counters }) => sum + (counters?.processed ?? 0), 0);
    const records = item.planned?.records;
    return { runId, status, startedAt, records, processed, estimateUsd, waitsFor: whatWaits(item, jobs) };
  }
  // The last execution of a resumed run is listed before its first, so its end is known by now.
  const endedAt = ends.get(item.executionArns.at(-1) ?? '')?.toISOString();
  // An outcome that cannot be read must not fail the list.
  const outcome = await readableOutcome(runId, runs);
  const { estimate, records, cost } = outcome ?? {};
  const total = estimate?.totalUsd === 'unknown' ? undefined : estimate?.totalUsd;
  return {
    ...{ runId, status, startedAt, endedAt, records: records?.submitted },
    ...{ costUsd: cost?.batchUsd, estimateUsd: total ?? estimateUsd },
  };
}

/** What a run waits for, if it waits. */
function whatWaits({ stopRequestedAt }: Run, jobs: readonly Job[]): string | undefined {
  if (stopRequestedAt !== undefined) return 'is being stopped';
  const wait = jobs.map(waitOf).find((each) => each !== undefined);
  return wait && waitText(wait);
}
