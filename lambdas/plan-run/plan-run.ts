import type * as z from 'zod';
import { skippedKey } from '../shared/keys.ts';
import type { Plan, Round } from '../shared/plan.ts';
import { isOpen, type Run } from '../shared/runs.ts';
import { type Execution, type planRunOutputSchema, runIdOf } from '../shared/state.ts';
import type { PlanRunDependencies } from './dependencies.ts';
import { planNextRound } from './next-round.ts';
import { openRun } from './open-run.ts';
import { commitRound, planOf, roundsOf } from './plans.ts';
import { dueJobs, giveJobs, jobsOf } from './round-jobs.ts';

type Output = z.infer<typeof planRunOutputSchema>;

/**
 * Says which jobs of a run are to be run now, and plans them first: the request's, then what failed and may succeed, none when
 * the run is ready for its report. A plan is written down before it is followed, and of several planners one wins, so that every
 * repeat gives the same jobs.
 *
 * @throws {RequestRefused} when the request cannot work; nothing was sent and nothing is paid for then
 */
export async function planRun(execution: Execution, dependencies: PlanRunDependencies): Promise<Output> {
  const { table, store, prefixes } = dependencies;
  const runId = runIdOf(execution);
  const nothing: Output = { runId, jobs: [], jobsAtOnce: 1 };
  const run = await openRun(execution, table);
  if (!isOpen(run)) return nothing;
  const plan = await planOf(run, dependencies);
  if (plan === undefined) return nothing;
  if (run.status === 'Planning' && plan.skippedKey !== undefined) {
    await store.writeLines(skippedKey(prefixes, runId), store.readLines(plan.skippedKey));
  }
  const rounds = await roundsOf(plan, dependencies);
  const round = rounds.at(-1);
  if (round === undefined || !(await takeUp(rounds, plan, dependencies))) return nothing;
  const jobs = await jobsOf(plan, round, dependencies);
  const due = dueJobs(jobs, run);
  if (due.length > 0) return give(round, due);
  if (run.stopRequestedAt !== undefined) return nothing;

  const planned = await planNextRound({ run, plan, rounds, jobs }, dependencies);
  const next = planned && (await commitRound(runId, planned, dependencies));
  if (next === undefined || !(await takeUp([...rounds, next], plan, dependencies))) return nothing;
  return give(next, dueJobs(await jobsOf(plan, next, dependencies), run));

  async function give({ jobsAtOnce }: Round, given: Awaited<ReturnType<typeof jobsOf>>): Promise<Output> {
    await giveJobs(given, run, dependencies);
    return { runId, jobs: given.map(({ jobName }) => ({ runId, jobName })), jobsAtOnce };
  }
}

/** Writes down for people what goes on now; false where the run has ended meanwhile, so that nothing may go on. */
function takeUp(rounds: readonly Round[], { runId }: Plan, { table }: PlanRunDependencies): Promise<boolean> {
  const jobCount = rounds.reduce((sum, { jobs }) => sum + jobs.length, 0);
  const running: Pick<Run, 'status' | 'jobCount' | 'planned'> = {
    status: 'Running',
    jobCount,
    planned: shown(rounds.at(-1)),
  };
  return table.advanceRun(runId, running);
}

function shown(round: Round | undefined): Run['planned'] {
  if (round === undefined) return undefined;
  const { round: number, records, jobs, layout, layoutReason, staging, longestHours } = round;
  return {
    round: number,
    records,
    jobs: jobs.length,
    layout,
    layoutReason,
    stagedBytes: staging.bytes,
    stagedUsd: staging.usd,
    longestHours,
  };
}
