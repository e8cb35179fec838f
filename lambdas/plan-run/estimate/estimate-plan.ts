import type { Model } from '../../shared/domain/model/models.ts';
import { priceInPlan } from '../../shared/domain/model/pricing.ts';
import type { Plan, Round } from '../../shared/domain/plan/plan.ts';
import type { PlanRunDependencies } from '../dependencies.ts';
import { type EstimateContext, estimateRound } from './estimate-attempt.ts';
import { isWithinBudget, refuseOverBudget } from './estimate-budget.ts';

/**
 * The first round of a plan with what it is expected to cost. A dry run keeps the estimate and not the round: whoever comes back
 * to its plan, of whatever version, finds nothing to send.
 *
 * @throws {RequestRefused} where it may cost more than the request allows
 */
export async function withEstimate(
  round: Round | undefined,
  request: Plan['request'],
  context: EstimateContext,
): Promise<Pick<Plan, 'firstRound' | 'price' | 'estimate'>> {
  const { price } = context;
  // Without a price the tokens alone are told to those who ask.
  const isToldSomething = price !== 'unknown' || request.dryRun === true;
  const estimate = round && isToldSomething ? await estimateRound(round, context) : undefined;
  refuseOverBudget(request, estimate);
  return { price, estimate, firstRound: request.dryRun ? undefined : round };
}

/** Whether a further round keeps the budget of its run: what was sent is paid for already, and is paid for again. */
export async function keepsBudget(
  round: Round,
  { plan, rounds, model }: { plan: Plan; rounds: readonly Round[]; model: Model },
  { store, table, probe }: Pick<PlanRunDependencies, 'store' | 'table' | 'probe'>,
): Promise<boolean> {
  const { request, analyses, runId } = plan;
  if (request.maxCostUsd === undefined) return true;
  const estimate = await estimateRound(round, { store, probe, analyses, model, price: priceInPlan(plan) });
  return isWithinBudget(request, { rounds, jobs: await table.listJobs(runId) }, estimate);
}
