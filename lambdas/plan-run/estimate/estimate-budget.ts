import { RequestRefused } from '../../shared/domain/errors/errors.ts';
import type { Job } from '../../shared/domain/job/job.ts';
import { costOf, type KnownPrice } from '../../shared/domain/model/cost.ts';
import type { Estimate } from '../../shared/domain/plan/estimate.ts';
import type { Attempt } from '../../shared/domain/plan/plan.ts';
import type { MediaBatchRequest } from '../../shared/domain/request/request.ts';

/**
 * Refuses a budget where the model has no price.
 *
 * @throws {RequestRefused} where the request has a budget and the model no price
 */
export function refuseUnpriced(
  { maxCostUsd }: Pick<MediaBatchRequest, 'maxCostUsd'>,
  modelId: string,
  price: KnownPrice,
): void {
  if (maxCostUsd === undefined || price !== 'unknown') return;
  throw new RequestRefused(
    `"maxCostUsd" of the request is ${maxCostUsd} and the price of ${modelId} is unknown; expected a known one: deploy the stack ` +
      'again with it in the setting modelPrices, use another model, or leave "maxCostUsd" out.',
  );
}

/**
 * Refuses a request that may cost more than its budget: the most that it can cost counts, not the expected cost.
 *
 * @throws {RequestRefused} with both numbers
 */
export function refuseOverBudget(
  { maxCostUsd }: Pick<MediaBatchRequest, 'maxCostUsd'>,
  estimate: Estimate | undefined,
): void {
  if (maxCostUsd === undefined || estimate === undefined || keeps(maxCostUsd, estimate.atMostUsd)) return;
  throw new RequestRefused(
    `The request may cost up to ${usdText(estimate.atMostUsd)}, about ${usdText(estimate.totalUsd)} being expected, and its ` +
      `"maxCostUsd" is ${maxCostUsd}${sampleText(estimate)}: raise it, choose fewer media or analyses, or lower the ` +
      '"maxTokens" of the analyses.',
  );
}

/** Says whether a further attempt keeps the budget on top of earlier ones, whose cost must be known of every job. */
export function isWithinBudget(
  { maxCostUsd }: Pick<MediaBatchRequest, 'maxCostUsd'>,
  spent: { attempts: readonly Attempt[]; jobs: readonly Job[] },
  { atMostUsd, price }: Estimate,
): boolean {
  if (maxCostUsd === undefined) return true;
  const stagingUsd = spent.attempts.reduce((sum, { staging }) => sum + staging.usd, 0);
  const usd = spent.jobs.reduce((sum, job) => sum + usdOf(job, price), stagingUsd);
  return atMostUsd !== 'unknown' && keeps(maxCostUsd, usd + atMostUsd);
}

/** Bedrock counts padding too. Where its count is lower than that of our records, these were still paid for. */
function usdOf({ collected }: Job, price: KnownPrice): number {
  if (collected === undefined) return Number.POSITIVE_INFINITY;
  const { inputTokens, outputTokens, billed = collected } = collected;
  const usage = {
    inputTokens: Math.max(inputTokens, billed.inputTokens),
    outputTokens: Math.max(outputTokens, billed.outputTokens),
  };
  return costOf({ price }, usage)?.batchUsd ?? 0;
}

function keeps(maxCostUsd: number, usd: number | 'unknown'): boolean {
  return usd !== 'unknown' && usd <= maxCostUsd;
}

function usdText(usd: number | 'unknown'): string {
  return usd === 'unknown' ? 'unknown' : `$${usd.toLocaleString('en-US', { maximumSignificantDigits: 6 })}`;
}

function sampleText({ media: { total, lookedAt } }: Estimate): string {
  return lookedAt < total ? ` (by ${lookedAt} of its ${total} media)` : '';
}
