import * as z from 'zod';
import { findModel, type Model } from './models.ts';

/** USD per 1,000 tokens on demand; a batch job pays half of it (https://aws.amazon.com/bedrock/pricing/). */
const usdPerThousandTokens = z.strictObject({ input: z.number().positive(), output: z.number().positive() });

/** A price as it is used and shown. */
export const tokenPriceSchema = z.object({
  ...usdPerThousandTokens.shape,
  /** When and where it was read. */
  asOf: z.string().optional(),
  source: z.string(),
  /** Nobody but a third party says it, or it is that of another Region. */
  isUnverified: z.boolean().optional(),
});
export type TokenPrice = z.infer<typeof tokenPriceSchema>;

/** What an account pays instead of the table's prices, by model ID as the stack was deployed for it. */
export const modelPricesSchema = z.lazy(() => z.record(z.string(), usdPerThousandTokens));
export type ModelPrices = z.infer<typeof modelPricesSchema>;

/** A price that nobody knows is `unknown`, never 0. */
export const knownPriceSchema = z.lazy(() => z.union([tokenPriceSchema, z.literal('unknown')]));
export type KnownPrice = z.infer<typeof knownPriceSchema>;

/** USD, or `unknown` where the model has no price. */
export const usdSchema = z.lazy(() => z.union([z.number().min(0), z.literal('unknown')]));

/** A batch job costs half of the on-demand price: https://aws.amazon.com/bedrock/pricing/ */
const batchShare = 0.5;

/** Tokens of one or many records. */
export interface TokenUsage {
  inputTokens: number;
  outputTokens: number;
}

export const noTokens: TokenUsage = { inputTokens: 0, outputTokens: 0 };

/** Tokens of two uses together; what is not said of one is none. */
export function addUsage(sum: TokenUsage, { inputTokens = 0, outputTokens = 0 }: Partial<TokenUsage>): TokenUsage {
  return { inputTokens: sum.inputTokens + inputTokens, outputTokens: sum.outputTokens + outputTokens };
}

/** The price of a model, by its ID or that of an inference profile, which may have a price of its own: the settings', else the table's. */
export function priceOf(modelId: string, prices: ModelPrices = {}): KnownPrice {
  const own = Object.hasOwn(prices, modelId) ? prices[modelId] : undefined;
  if (own !== undefined) return { ...own, source: 'the setting modelPrices' };
  const found = findModel(modelId);
  if (found === undefined) return 'unknown';
  const { model, profile = 'us' } = found;
  const price = model.profilePrices?.[profile] ?? model.price;
  // The table is of us-east-1, and what other geographies pay is not in it.
  const isElsewhere = !['us', 'global'].includes(profile);
  return price !== 'unknown' && isElsewhere ? { ...price, isUnverified: true } : price;
}

/** The price of a plan's run: as it was when it was planned, so that what it cost is comparable to what it was to cost. */
export function priceInPlan({ modelId, price }: { modelId: string; price?: KnownPrice }): KnownPrice {
  return price ?? priceOf(modelId);
}

/** What tokens cost in USD, in a batch job and on demand; undefined where the model's price is unknown, never 0. */
export function costOf(
  { price }: Pick<Model, 'price'>,
  usage: TokenUsage,
): { batchUsd: number; onDemandUsd: number } | undefined {
  if (price === 'unknown') return undefined;
  const onDemandUsd = (usage.inputTokens * price.input + usage.outputTokens * price.output) / 1000;
  return { batchUsd: onDemandUsd * batchShare, onDemandUsd };
}
