import type { Model } from './models.ts';

/** A batch job costs half of the on-demand price: https://aws.amazon.com/bedrock/pricing/ */
const batchShare = 0.5;

/** Tokens of one or many records. */
export interface TokenUsage {
  inputTokens: number;
  outputTokens: number;
}

/** What tokens cost in USD, in a batch job and on demand; undefined where the model's price is unknown, never 0. */
export function costOf(model: Model, usage: TokenUsage): { batchUsd: number; onDemandUsd: number } | undefined {
  if (model.price === 'unknown') return undefined;
  const onDemandUsd = (usage.inputTokens * model.price.input + usage.outputTokens * model.price.output) / 1000;
  return { batchUsd: onDemandUsd * batchShare, onDemandUsd };
}
