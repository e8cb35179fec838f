import type { Model } from '../../shared/domain/model/models.ts';
import type { Attempt, Plan } from '../../shared/domain/plan/plan.ts';
import type { RunTable } from '../../shared/domain/ports/run-table.ts';
import { type EstimateContext, estimateAttempt } from './estimate-attempt.ts';
import { isWithinBudget, refuseOverBudget } from './estimate-budget.ts';

/**
 * Adds the estimate to the first attempt of a plan. A dry run keeps the estimate without the attempt, so a repeat
 * finds nothing to send.
 *
 * @throws {RequestRefused} where it may cost more than the request allows
 */
export async function withEstimate(
  attempt: Attempt | undefined,
  request: Plan['request'],
  context: EstimateContext,
): Promise<Pick<Plan, 'firstAttempt' | 'price' | 'estimate'>> {
  const { price } = context;
  // Without a price a dry run still shows the tokens.
  const isToldSomething = price !== 'unknown' || request.dryRun === true;
  const estimate = attempt && isToldSomething ? await estimateAttempt(attempt, context) : undefined;
  refuseOverBudget(request, estimate);
  return { price, estimate, firstAttempt: request.dryRun ? undefined : attempt };
}

/** Says whether a further attempt keeps the budget of its run; records sent again are paid for again. */
export async function keepsBudget(
  attempt: Attempt,
  { plan, attempts, model }: { plan: Plan; attempts: readonly Attempt[]; model: Model },
  { store, table, inspect }: Pick<EstimateContext, 'store' | 'inspect'> & { table: Pick<RunTable, 'listJobs'> },
): Promise<boolean> {
  const { request, analyses, runId, price } = plan;
  if (request.maxCostUsd === undefined) return true;
  const estimate = await estimateAttempt(attempt, { store, inspect, analyses, model, price });
  return isWithinBudget(request, { attempts, jobs: await table.listJobs(runId) }, estimate);
}
