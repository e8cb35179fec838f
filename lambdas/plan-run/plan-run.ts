import type * as z from 'zod';
import type { Job } from '../shared/domain/job/job.ts';
import { skippedKey } from '../shared/domain/keys.ts';
import type { Attempt, Plan } from '../shared/domain/plan/plan.ts';
import { attemptsOf } from '../shared/domain/plan/read-plan.ts';
import { isOpen, type Run } from '../shared/domain/run/run.ts';
import { type PlanRunInput, type planRunOutputSchema, runIdOf } from '../shared/domain/state.ts';
import { planNextAttempt } from './attempt/next-attempt.ts';
import { jobsOf, markIfStopped, maxDispatches } from './attempt/write-jobs.ts';
import type { PlanDependencies } from './create-plan.ts';
import { openRun } from './open-run.ts';
import { commitAttempt, planOf } from './plan-store.ts';

type Output = z.infer<typeof planRunOutputSchema>;

/**
 * Returns the jobs to run next: from the request first, then retryable failures; none once the run can be reported.
 *
 * The plan is written before it is followed, and of several planners one wins, so every repeat returns the same jobs.
 * Jobs that their children did not end are dispatched again, a few times per execution.
 *
 * @throws {RequestRefused} when the request cannot work; nothing was sent or paid
 */
export async function planRun(
  { dispatch, checkpoint, ...execution }: PlanRunInput,
  dependencies: PlanDependencies,
): Promise<Output> {
  const { table, store, prefixes } = dependencies;
  const runId = runIdOf(execution);
  const nothing: Output = { runId, jobs: [], jobsAtOnce: 1 };
  const run = await openRun(execution, table);
  if (!isOpen(run)) return nothing;
  const plan = await planOf(run, checkpoint, dependencies);
  if (plan === undefined) return nothing;
  if ('checkpoint' in plan) return { ...nothing, checkpoint: plan.checkpoint };
  if (run.status === 'Planning' && plan.skippedKey !== undefined) {
    await store.writeLines(skippedKey(prefixes, runId), store.readLines(plan.skippedKey));
  }
  const attempts = await attemptsOf(plan, dependencies);
  const attempt = attempts.at(-1);
  if (attempt === undefined || !(await takeUp(attempts, plan, dependencies))) return nothing;
  const jobs = await jobsOf(plan, attempt, dependencies);
  // A count of an earlier attempt says nothing about this one, which a try of this very call may have planned.
  const dispatched = dispatch?.attempt === attempt.attempt ? dispatch.count : 0;
  const due = jobs.filter(({ collected }) => collected === undefined);
  if (due.length > 0 && dispatched < maxDispatches) return dispatchJobs(attempt, due, dispatched + 1);
  if (run.stopRequestedAt !== undefined) return nothing;

  const planned = await planNextAttempt({ run, plan, attempts, jobs }, checkpoint, dependencies);
  if (planned !== undefined && 'checkpoint' in planned) return { ...nothing, dispatch, checkpoint: planned.checkpoint };
  const next = planned && (await commitAttempt(runId, planned, dependencies));
  if (next === undefined || !(await takeUp([...attempts, next], plan, dependencies))) return nothing;
  return dispatchJobs(next, await jobsOf(plan, next, dependencies), 1);

  async function dispatchJobs(
    { attempt: number, jobsAtOnce }: Attempt,
    open: readonly Job[],
    count: number,
  ): Promise<Output> {
    await markIfStopped(open, run, dependencies);
    const references = open.map(({ jobName }) => ({ runId, jobName }));
    return { runId, jobs: references, jobsAtOnce, dispatch: { attempt: number, count } };
  }
}

/** Writes what runs now, for people who watch; false where the run has ended, so that nothing may be dispatched. */
function takeUp(
  attempts: readonly Attempt[],
  { runId, estimate }: Plan,
  { table }: PlanDependencies,
): Promise<boolean> {
  const jobCount = attempts.reduce((sum, { jobs }) => sum + jobs.length, 0);
  const running: Pick<Run, 'status' | 'jobCount' | 'planned'> = {
    status: 'Running',
    jobCount,
    planned: shown(attempts.at(-1), estimate),
  };
  return table.advanceRun(runId, running);
}

function shown(attempt: Attempt | undefined, estimate: Plan['estimate']): Run['planned'] {
  if (attempt === undefined) return undefined;
  const { attempt: number, records, jobs, layout, layoutReason, staging, longestHours } = attempt;
  return {
    attempt: number,
    records,
    jobs: jobs.length,
    layout,
    layoutReason,
    stagedBytes: staging.bytes,
    stagedUsd: staging.usd,
    longestHours,
    estimate: number === 1 ? numbersOf(estimate) : undefined,
  };
}

function numbersOf(estimate: Plan['estimate']): NonNullable<Run['planned']>['estimate'] {
  if (estimate === undefined) return undefined;
  const { totalUsd, atMostUsd } = estimate;
  return totalUsd === 'unknown' || atMostUsd === 'unknown' ? undefined : { totalUsd, atMostUsd };
}
