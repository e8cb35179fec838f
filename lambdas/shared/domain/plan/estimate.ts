import * as z from 'zod';
import { knownPriceSchema, usdSchema } from '../model/cost.ts';

/** Expected tokens and cost of one analysis over all of its records. */
const analysisEstimateSchema = z.object({
  records: z.int().min(0),
  inputTokens: z.int().min(0),
  outputTokens: z.int().min(0),
  batchUsd: usdSchema,
  onDemandUsd: usdSchema,
});

/** The expected cost of an attempt, before anything is sent; further attempts cost on top. */
export const estimateSchema = z.lazy(() =>
  z.object({
    price: knownPriceSchema,
    /** Media whose length or size was read: all, or a sample that stands for all. */
    media: z.object({
      total: z.int().min(0),
      lookedAt: z.int().min(0),
      /** Of those, media of unknown length or size: they count as the longest that the model bills. */
      unknown: z.int().min(0),
    }),
    /** Totals of all records, without padding. */
    ...analysisEstimateSchema.shape,
    byAnalysis: z.record(z.string(), analysisEstimateSchema),
    padding: z.object({ records: z.int().min(0), usd: usdSchema }),
    staging: z.object({ objects: z.int().min(0), bytes: z.int().min(0), usd: z.number().min(0) }),
    /** The expected cost with padding and staging, and the most, with every answer at its token limit. */
    totalUsd: usdSchema,
    atMostUsd: usdSchema,
    /** The jobs that would be sent. */
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
