import type { RunTable } from '../ports/run-table.ts';
import { isOpen } from '../run/run.ts';
import type { JobReference } from '../state.ts';
import { type ClaimFacts, type ClaimJob, type ClaimState, claimStateOf } from './claim.ts';

/** Returns the state of a claim; of an open one, the state of the claim before it. */
export type ClaimStates = (claim: ClaimFacts) => Promise<ClaimState>;

/** Returns a lookup of claim states. It reads each run and job once, so its answers may be as old as the first. */
export function claimStates(table: Pick<RunTable, 'getRun' | 'findJob' | 'getJob'>): ClaimStates {
  const jobs = new Map<string, Promise<ClaimJob>>();
  const runs = new Map<string, Promise<boolean>>();

  async function readRun(runId: string): Promise<boolean> {
    const run = await table.getRun(runId);
    return run !== undefined && isOpen(run);
  }

  async function readJob(reference: JobReference): Promise<ClaimJob> {
    const isRunOpen = await once(runs, reference.runId, () => readRun(reference.runId));
    // Runs and jobs expire, and not at the same time as their claims.
    const job = (await table.findJob(reference)) && (await table.getJob(reference));
    return { isRunOpen, succeeded: job?.collected?.records.succeeded };
  }

  return async function stateOf(claim): Promise<ClaimState> {
    const { runId, jobName, outcome, before } = claim;
    const own =
      outcome ?? claimStateOf(claim, await once(jobs, `${runId}/${jobName}`, () => readJob({ runId, jobName })));
    if (own === 'pending' || own === 'succeeded' || before === undefined) return own;
    // A failure of this claim does not cancel the answer of an earlier one.
    const earlier = await stateOf(before);
    return earlier === 'open' ? own : earlier;
  };
}

function once<T>(known: Map<string, Promise<T>>, name: string, read: () => Promise<T>): Promise<T> {
  const found = known.get(name) ?? read();
  known.set(name, found);
  return found;
}
