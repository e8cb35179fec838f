import type { Job } from '../shared/domain/job/job.ts';
import { ranForeignInput, unaccountedOf } from '../shared/domain/job/unaccounted.ts';
import { addUsage, costOf, type KnownPrice, noTokens, type TokenUsage } from '../shared/domain/model/cost.ts';
import type { Outcome } from '../shared/domain/run/outcome.ts';

type Cost = Outcome['cost'];

/**
 * Returns the cost of all attempts of a run and, apart from it, of foreign records and of unaccounted tokens.
 *
 * @param byAnalysis tokens of the records of each analysis
 */
export function costOfRun(
  jobs: readonly Job[],
  price: KnownPrice,
  byAnalysis: ReadonlyMap<string, TokenUsage> = new Map(),
): Cost {
  const own = jobs.reduce((sum, { collected }) => addUsage(sum, collected ?? noTokens), noTokens);
  const analyses = [...byAnalysis].map(([name, usage]) => [name, { ...usage, ...priced(usage, price) }] as const);
  return {
    ...own,
    ...priced(own, price),
    foreignUsd: foreignUsd(jobs, price),
    byAnalysis: analyses.length === 0 ? undefined : Object.fromEntries(analyses),
    unaccounted: unaccounted(jobs, price),
  };
}

/** No tokens cost 0, even at an unknown price. */
function priced(usage: TokenUsage, price: KnownPrice): Pick<Cost, 'batchUsd' | 'onDemandUsd'> {
  if (usage.inputTokens === 0 && usage.outputTokens === 0) return { batchUsd: 0, onDemandUsd: 0 };
  return costOf({ price }, usage) ?? { batchUsd: 'unknown', onDemandUsd: 'unknown' };
}

function foreignUsd(jobs: readonly Job[], price: KnownPrice): Cost['foreignUsd'] {
  const shared = jobs.filter(ranForeignInput);
  if (shared.length === 0) return undefined;
  // Only Bedrock's totals count foreign records; a stopped job may have none.
  if (shared.some(({ collected }) => collected?.billed === undefined)) return 'unknown';
  const foreignInputs = shared.reduce((sum, { collected = noTokens }) => addUsage(sum, foreignIn(collected)), noTokens);
  return priced(foreignInputs, price).batchUsd;
}

function foreignIn({ inputTokens, outputTokens, billed = noTokens }: TokenUsage & { billed?: TokenUsage }): TokenUsage {
  return {
    inputTokens: Math.max(0, billed.inputTokens - inputTokens),
    outputTokens: Math.max(0, billed.outputTokens - outputTokens),
  };
}

/** With the number of jobs, because opposite differences of two jobs may add up to 0. */
function unaccounted(jobs: readonly Job[], price: KnownPrice): Cost['unaccounted'] {
  const differences = jobs.flatMap((job) => unaccountedOf(job) ?? []);
  if (differences.length === 0) return undefined;
  const sum = differences.reduce(addUsage, noTokens);
  return { jobs: differences.length, ...sum, batchUsd: priced(sum, price).batchUsd };
}
