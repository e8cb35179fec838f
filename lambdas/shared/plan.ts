import * as z from 'zod';
import { analysisSchema } from './analyses.ts';
import { modelInvocationTypeSchema } from './jobs.ts';
import { requestSchema } from './request.ts';

/** One line of a job's manifest: one media × one analysis. The record's number is that of its line, from 1. */
export const plannedRecordSchema = z.strictObject({
  recordId: z.string(),
  key: z.string(),
  etag: z.string(),
  bytes: z.int().min(0),
  analysis: z.string(),
});
export type PlannedRecord = z.infer<typeof plannedRecordSchema>;

/** One job of a plan. */
export const plannedJobSchema = z.strictObject({
  jobName: z.string(),
  jobHash: z.string(),
  manifestKey: z.string(),
  modelInvocationType: modelInvocationTypeSchema,
  /** Records that count. */
  records: z.int().min(1),
  /** Records that only lift the job to the model's minimum; left out of ledger, counts and results. */
  paddingRecords: z.int().min(0),
  mediaBytes: z.int().min(0),
});
export type PlannedJob = z.infer<typeof plannedJobSchema>;

/** Why media, or single analyses of them, were left out, and how many. */
export const skippedSchema = z.strictObject({ total: z.int().min(0), byReason: z.record(z.string(), z.int().min(1)) });
export type Skipped = z.infer<typeof skippedSchema>;

/** A run's plan, written before anything is sent and never changed afterwards. */
export const planSchema = z.strictObject({
  runId: z.string(),
  request: requestSchema,
  bucket: z.string(),
  modelId: z.string(),
  layout: z.literal('root'),
  timeoutHours: z.int(),
  analyses: z.array(analysisSchema),
  media: z.int().min(1),
  jobs: z.array(plannedJobSchema),
  skipped: skippedSchema,
  plannedAt: z.iso.datetime(),
});
export type Plan = z.infer<typeof planSchema>;
