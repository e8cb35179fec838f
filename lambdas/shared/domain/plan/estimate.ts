import * as z from 'zod';
import { knownPriceSchema, usdSchema } from '../model/pricing.ts';

/** What one analysis is expected to use, and cost, over all of its records. */
const analysisEstimateSchema = z.object({
  records: z.int().min(0),
  inputTokens: z.int().min(0),
  outputTokens: z.int().min(0),
  batchUsd: usdSchema,
  onDemandUsd: usdSchema,
});

/** What an attempt is expected to cost, before anything is sent; further attempts cost on top. */
export const estimateSchema = z.lazy(() =>
  z.object({
    price: knownPriceSchema,
    /** Which media were looked into, to know their length or size: all, or a sample that stands for all. */
    media: z.object({
      total: z.int().min(0),
      lookedAt: z.int().min(0),
      /** Of those, the ones that did not tell: they count as the longest that the model bills. */
      unknown: z.int().min(0),
    }),
    /** Of all records, padding not among them. */
    ...analysisEstimateSchema.shape,
    byAnalysis: z.record(z.string(), analysisEstimateSchema),
    padding: z.object({ records: z.int().min(0), usd: usdSchema }),
    staging: z.object({ objects: z.int().min(0), bytes: z.int().min(0), usd: z.number().min(0) }),
    /** As a batch with padding and staging: what to expect, and the most, with every answer as long as its analysis lets it be. */
    totalUsd: usdSchema,
    atMostUsd: usdSchema,
    /** What would be sent, and how. */
    jobs: z.object({
      count: z.int().min(1),
      layout: z.string(),
      layoutReason: z.string(),
      atOnce: z.int().min(1),
      longestHours: z.number().min(0),
    }),
  }),
);
export type Estimate = z.infer<typeof estimateSchema>;
