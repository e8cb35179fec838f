import type { RunTable } from '../ports/run-table.ts';
import { isOpen } from '../run/run.ts';
import type { JobReference } from '../state.ts';
import { type ClaimFacts, type ClaimJob, type ClaimState, claimStateOf } from './claim.ts';

/** What became of a claim, as far as the table says; of one that came to nothing, what became of the one before it. */
export type ClaimStates = (claim: ClaimFacts) => Promise<ClaimState>;

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

  return async function stateOf(claim): Promise<ClaimState> {
    const { runId, jobName, outcome, before } = claim;
    const own =
      outcome ?? claimStateOf(claim, await once(jobs, `${runId}/${jobName}`, () => readJob({ runId, jobName })));
    if (own === 'asked' || own === 'succeeded' || before === undefined) return own;
    // A failure of this one takes nothing from an answer that was there before it.
    const earlier = await stateOf(before);
    return earlier === 'open' ? own : earlier;
  };
}

function once<T>(known: Map<string, Promise<T>>, name: string, read: () => Promise<T>): Promise<T> {
  const found = known.get(name) ?? read();
  known.set(name, found);
  return found;
}
