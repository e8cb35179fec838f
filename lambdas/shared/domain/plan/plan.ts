import * as z from 'zod';
import { analysisSchema } from '../analysis/analysis.ts';
import { formatVersion } from '../format-version.ts';
import { modelInvocationTypeSchema } from '../job/create-request.ts';
import { layoutSchema } from '../job/job.ts';
import { knownPriceSchema } from '../model/cost.ts';
import { earlierAttemptSchema, skippedSchema } from '../record/ledger.ts';
import { mediaRequestSchema, requestSchema } from '../request/request.ts';
import { estimateSchema } from './estimate.ts';

/** The body of a prebuilt record, unchanged: its content is for Bedrock and the model. */
export const modelInputSchema = z.record(z.string(), z.json());
export type ModelInput = z.infer<typeof modelInputSchema>;

/** One line of an attempt's records: one media × one analysis. A record's number in its job is its line, from 1. */
export const plannedRecordSchema = z.object({
  key: z.string(),
  etag: z.string(),
  bytes: z.int().min(0),
  analysis: z.string(),
  /** Bedrock refuses the key, so even a root job reads a copy. A staged job reads only copies. */
  copy: z.boolean().optional(),
  /** In place of the analysis's own, after a truncated answer. */
  maxTokens: z.int().min(1).optional(),
  /** Earlier attempts, the first one first. */
  earlier: z.array(earlierAttemptSchema).optional(),
  /** Columns of the manifest that the analysis's prompt uses, with their values. */
  columns: z.record(z.string(), z.string()).optional(),
  /** Names the result where one media is asked the same analysis with several column values. */
  variant: z.string().optional(),
  /**
   * A prebuilt record of the request's `records`; `key` is its own ID, and `analysis` is `records`. It has no claim and
   * no result file.
   */
  prebuilt: z.object({ modelInput: modelInputSchema }).optional(),
});
export type PlannedRecord = z.infer<typeof plannedRecordSchema>;

/**
 * Parses a line of an attempt's records. Nearly all have four fields and no more; these are checked by hand, because
 * for 100,000 records the schema takes longer than everything else.
 *
 * @throws when it is not one
 */
export function parsePlannedRecord(line: string): PlannedRecord {
  const value: unknown = JSON.parse(line);
  return isPlainRecord(value) ? value : plannedRecordSchema.parse(value);
}

function isPlainRecord(value: unknown): value is PlannedRecord {
  if (typeof value !== 'object' || value === null) return false;
  if (!('key' in value && 'etag' in value && 'bytes' in value && 'analysis' in value)) return false;
  const { key, etag, bytes, analysis } = value;
  if (typeof key !== 'string' || typeof etag !== 'string' || typeof analysis !== 'string') return false;
  return Number.isSafeInteger(bytes) && Number(bytes) >= 0 && Object.keys(value).length === 4;
}

/** One job of an attempt: a piece of the attempt's list of records. */
export const plannedJobSchema = z.lazy(() =>
  z.object({
    jobName: z.string(),
    jobHash: z.string(),
    modelInvocationType: modelInvocationTypeSchema,
    /** Records to send. */
    records: z.int().min(1),
    /** Offset and length of the job's lines in the attempt's list. */
    recordsOffset: z.int().min(0),
    recordsBytes: z.int().min(1),
    /** Records that only lift the job to the model's minimum; in no ledger, count or result. */
    paddingRecords: z.int().min(0),
    /** Bytes of the media that its records ask about, each once. */
    mediaBytes: z.int().min(0),
  }),
);
export type PlannedJob = z.infer<typeof plannedJobSchema>;

/** Copies that jobs need: staged jobs of all media, root jobs of media whose keys Bedrock refuses. */
export const stagingSchema = z.lazy(() =>
  z.object({
    objects: z.int().min(0),
    bytes: z.int().min(0),
    /** Cost of CopyObject requests, and of storage until the job's timeout. */
    usd: z.number().min(0),
  }),
);
export type Staging = z.infer<typeof stagingSchema>;

/** One attempt: the first has all records of a run, a further one those that failed and may succeed. */
export const attemptSchema = z.lazy(() =>
  z.object({
    attempt: z.int().min(1),
    layout: layoutSchema,
    /** The reason of the layout, as words for people. */
    layoutReason: z.string(),
    /** It replaces a root job that was too large, and does not count as a retry. */
    isFallback: z.boolean().optional(),
    recordsKey: z.string(),
    records: z.int().min(1),
    jobs: z.array(plannedJobSchema).min(1),
    /** Jobs at the same time, in the order of the list. */
    jobsAtOnce: z.int().min(1),
    staging: stagingSchema,
    /** The most hours of all its jobs, by their timeout; waits for the lock and for slots come on top. */
    longestHours: z.number().min(0),
    plannedAt: z.iso.datetime(),
  }),
);
export type Attempt = z.infer<typeof attemptSchema>;

/** A run's plan, written before anything is sent and never changed. */
export const planSchema = z.lazy(() =>
  z.object({
    formatVersion: z.literal(formatVersion),
    runId: z.string(),
    /** Distinguishes the run from a later one of the same name, which is possible after 90 days. */
    startedAt: z.string(),
    /** As it came; in a retry with the settings of the run that it retries, and with `newOnly` as all of its media. */
    request: z.strictObject({ ...requestSchema.unwrap().shape, media: mediaRequestSchema.optional() }),
    bucket: z.string(),
    modelId: z.string(),
    timeoutHours: z.int(),
    /** The most further attempts. */
    retries: z.int().min(0),
    analyses: z.array(analysisSchema),
    media: z.int().min(0),
    skipped: skippedSchema,
    /** The planner's own list of skipped media; absent where it is empty. */
    skippedKey: z.string().optional(),
    /** Absent where there is nothing to do, and in a dry run, so that a repeat finds nothing to send. */
    firstAttempt: attemptSchema.optional(),
    /** Price of tokens when the plan was made. */
    price: knownPriceSchema,
    /** Estimate of the first attempt; absent without one, or where the price is unknown in a run that is no dry run. */
    estimate: estimateSchema.optional(),
    plannedAt: z.iso.datetime(),
  }),
);
export type Plan = z.infer<typeof planSchema>;

/** Says whether retries are left; a fallback does not count as one. */
export function hasRetriesLeft({ retries }: Pick<Plan, 'retries'>, attempts: readonly Attempt[]): boolean {
  return attempts.filter(({ isFallback }) => !isFallback).length <= retries;
}
