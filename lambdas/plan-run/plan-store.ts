import { bucketProblem } from '../shared/domain/errors/bucket-problem.ts';
import { RequestRefused } from '../shared/domain/errors/errors.ts';
import { formatVersion } from '../shared/domain/format-version.ts';
import { attemptKey, planKey } from '../shared/domain/keys.ts';
import type { Attempt, Plan } from '../shared/domain/plan/plan.ts';
import { readAttempt, readPlan } from '../shared/domain/plan/read-plan.ts';
import type { Run } from '../shared/domain/run/run.ts';
import type { PlanCheckpoint } from '../shared/domain/state.ts';
import type { UnfinishedPlan } from './checkpoint.ts';
import { createPlan, type PlanDependencies } from './create-plan.ts';

/**
 * Returns the plan of a run: the written one, else a new one. Of several planners that write at once the first wins.
 *
 * @param checkpoint of the turn before, if there was one
 * @returns undefined for a run that was stopped by a user before it had a plan
 * @throws {RequestRefused} when the request cannot work
 */
export async function planOf(
  run: Run,
  checkpoint: PlanCheckpoint | undefined,
  dependencies: PlanDependencies,
): Promise<Plan | UnfinishedPlan | undefined> {
  const { runId, startedAt, stopRequestedAt } = run;
  const refuseTrouble = (error: unknown): never => {
    const trouble = bucketProblem(error, dependencies.store.bucket);
    throw trouble === undefined ? error : new RequestRefused(trouble, { cause: error });
  };
  const written = await readPlan(runId, dependencies).catch(refuseTrouble);
  if (written !== undefined) {
    if (written.startedAt === startedAt) return written;
    throw new RequestRefused(
      `Run ${runId} has a plan of ${written.startedAt} in the bucket, expected a new name: start the execution under another.`,
    );
  }
  if (stopRequestedAt !== undefined) return undefined;
  const plan = await createPlan(run, checkpoint, dependencies).catch(refuseTrouble);
  if ('checkpoint' in plan) return plan;
  if (await dependencies.store.createJson(planKey(dependencies.prefixes, runId), plan)) return plan;
  return readPlan(runId, dependencies);
}

/** Writes a further attempt; returns the one that another planner has written before, where there is one. */
export async function commitAttempt(
  runId: string,
  attempt: Attempt,
  dependencies: PlanDependencies,
): Promise<Attempt | undefined> {
  const { store, prefixes } = dependencies;
  if (await store.createJson(attemptKey(prefixes, runId, attempt.attempt), { formatVersion, ...attempt }))
    return attempt;
  return readAttempt(runId, attempt.attempt, dependencies);
}
