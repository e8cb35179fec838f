import * as z from 'zod';

/** USD per 1,000 tokens on demand. */
const usdPerThousandTokens = z.strictObject({ input: z.number().positive(), output: z.number().positive() });

/** A price with its source. */
export const tokenPriceSchema = z.object({
  ...usdPerThousandTokens.shape,
  /** When it was read. */
  asOf: z.string().optional(),
  source: z.string(),
  /** Only a third party states it, or it is the price of another Region. */
  isUnverified: z.boolean().optional(),
});
export type TokenPrice = z.infer<typeof tokenPriceSchema>;

/** Prices of an account that replace the table's, by model ID as the stack was deployed for it. */
export const modelPricesSchema = z.lazy(() => z.record(z.string(), usdPerThousandTokens));
export type ModelPrices = z.infer<typeof modelPricesSchema>;

/** A price; `unknown`, never 0, if it is not known. */
export const knownPriceSchema = z.lazy(() => z.union([tokenPriceSchema, z.literal('unknown')]));
export type KnownPrice = z.infer<typeof knownPriceSchema>;

/** USD, or `unknown` if the model has no price. */
export const usdSchema = z.lazy(() => z.union([z.number().min(0), z.literal('unknown')]));

/** A batch job costs half of the on-demand price: https://aws.amazon.com/bedrock/pricing/ */
const batchShare = 0.5;

/** Tokens of one or many records. */
export interface TokenUsage {
  inputTokens: number;
  outputTokens: number;
}

export const noTokens: TokenUsage = { inputTokens: 0, outputTokens: 0 };

/** Adds token counts; a missing count is 0. */
export function addUsage(sum: TokenUsage, { inputTokens = 0, outputTokens = 0 }: Partial<TokenUsage>): TokenUsage {
  return { inputTokens: sum.inputTokens + inputTokens, outputTokens: sum.outputTokens + outputTokens };
}

/** Returns the cost of tokens in USD, in a batch job and on demand; undefined, never 0, if the price is unknown. */
export function costOf(
  { price }: { price: KnownPrice },
  usage: TokenUsage,
): { batchUsd: number; onDemandUsd: number } | undefined {
  if (price === 'unknown') return undefined;
  const onDemandUsd = (usage.inputTokens * price.input + usage.outputTokens * price.output) / 1000;
  return { batchUsd: onDemandUsd * batchShare, onDemandUsd };
}
