import type { Job } from '../shared/jobs.ts';
import { findModel } from '../shared/models.ts';
import { costOf, type TokenUsage } from '../shared/pricing.ts';
import type { Outcome } from '../shared/state.ts';

const noTokens: TokenUsage = { inputTokens: 0, outputTokens: 0 };

/** What the jobs of a run cost, over all its rounds, and what strangers' records in them cost on top. */
export function costOfRun(jobs: readonly Job[], modelId: string | undefined): Outcome['cost'] {
  const model = modelId === undefined ? undefined : findModel(modelId)?.model;
  const priceOf = (usage: TokenUsage) =>
    usage.inputTokens + usage.outputTokens === 0
      ? { batchUsd: 0, onDemandUsd: 0 }
      : ((model && costOf(model, usage)) ?? ({ batchUsd: 'unknown', onDemandUsd: 'unknown' } as const));
  const own = jobs.reduce((sum, { collected }) => added(sum, collected ?? noTokens), noTokens);
  const cost = { ...own, ...priceOf(own) };
  const shared = jobs.filter(ranStrangers);
  if (shared.length === 0) return cost;
  // Bedrock's totals are the only count of what strangers used; a job that was stopped may have left none.
  if (shared.some(({ collected }) => collected?.billed === undefined)) return { ...cost, strangersUsd: 'unknown' };
  const strangers = shared.reduce((sum, { collected = noTokens }) => added(sum, beyond(collected)), noTokens);
  return { ...cost, strangersUsd: priceOf(strangers).batchUsd };
}

/** Only with a trace of them: Bedrock also counts tokens of our own lines that it then does not write. */
function ranStrangers({ failure, collected }: Job): boolean {
  return failure?.error === 'StrangerInput' || (collected?.foreignFiles.length ?? 0) > 0;
}

function beyond({ inputTokens, outputTokens, billed = noTokens }: TokenUsage & { billed?: TokenUsage }): TokenUsage {
  return {
    inputTokens: Math.max(0, billed.inputTokens - inputTokens),
    outputTokens: Math.max(0, billed.outputTokens - outputTokens),
  };
}

function added(sum: TokenUsage, { inputTokens, outputTokens }: TokenUsage): TokenUsage {
  return { inputTokens: sum.inputTokens + inputTokens, outputTokens: sum.outputTokens + outputTokens };
}
