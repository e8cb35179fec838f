import { type Claim, type ClaimJob, type ClaimState, claimStateOf } from './claims.ts';
import type { RunTable } from './run-table.ts';
import { isOpen } from './runs.ts';
import type { JobReference } from './state.ts';

/** What became of a claim, as far as the table says. */
export type ClaimStates = (claim: Claim) => Promise<ClaimState>;

/** Looks up what became of claims; each run and job is read once, so the answers are as old as the first question. */
export function claimStates(table: Pick<RunTable, 'getRun' | 'findJob' | 'getJob'>): ClaimStates {
  const jobs = new Map<string, Promise<ClaimJob>>();
  const runs = new Map<string, Promise<boolean>>();

  async function readRun(runId: string): Promise<boolean> {
    const run = await table.getRun(runId);
    return run !== undefined && isOpen(run);
  }

  async function readJob(reference: JobReference): Promise<ClaimJob> {
    const isRunOpen = await once(runs, reference.runId, () => readRun(reference.runId));
    // Runs and jobs are forgotten one day, and claims with them only by chance at the same time.
    const job = (await table.findJob(reference)) && (await table.getJob(reference));
    return { isRunOpen, succeeded: job?.collected?.records.succeeded };
  }

  return async (claim) => {
    if (claim.outcome !== undefined) return claim.outcome;
    const { runId, jobName } = claim;
    return claimStateOf(claim, await once(jobs, `${runId}/${jobName}`, () => readJob({ runId, jobName })));
  };
}

function once<T>(known: Map<string, Promise<T>>, name: string, read: () => Promise<T>): Promise<T> {
  const found = known.get(name) ?? read();
  known.set(name, found);
  return found;
}
