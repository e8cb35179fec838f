import * as z from 'zod';
import { analysisSchema } from '../analysis/analysis.ts';
import { modelInvocationTypeSchema } from '../job/create-request.ts';
import { layoutSchema } from '../job/job.ts';
import { knownPriceSchema } from '../model/pricing.ts';
import { earlierAttemptSchema, skippedSchema } from '../record/ledger.ts';
import { requestSchema } from '../request/request.ts';
import { estimateSchema } from './estimate.ts';

/**
 * What a run writes down outlives a deploy and a rollback in its middle, so these schemas, unlike those of the states, let
 * fields pass that another version has added.
 */

/** The body of a prebuilt record, as it came: what is in it is Bedrock's and the model's. */
export const modelInputSchema = z.record(z.string(), z.json());
export type ModelInput = z.infer<typeof modelInputSchema>;

/** One line of an attempt's records: one media × one analysis. A record's number in its job is that of its line, from 1. */
export const plannedRecordSchema = z.object({
  key: z.string(),
  etag: z.string(),
  bytes: z.int().min(0),
  analysis: z.string(),
  /** Bedrock refuses the key, so that even a root job reads a copy. A staged job reads copies only. */
  copy: z.boolean().optional(),
  /** In place of the analysis's own, after an answer that was truncated. */
  maxTokens: z.int().min(1).optional(),
  /** Sendings in earlier attempts, the first one first. */
  earlier: z.array(earlierAttemptSchema).optional(),
  /** Columns of the manifest that the analysis's prompt uses, with their values. */
  columns: z.record(z.string(), z.string()).optional(),
  /** Tells apart the results of one media that is asked the same analysis with several values of its columns. */
  variant: z.string().optional(),
  /**
   * A prebuilt record of the request's `records`; `key` is the ID that it came with, and `analysis` is `records`. It has no claim
   * and no result of its own.
   */
  prebuilt: z.object({ modelInput: modelInputSchema }).optional(),
});
export type PlannedRecord = z.infer<typeof plannedRecordSchema>;

/**
 * A line of an attempt's records. Nearly all have four fields and no more; these are looked at by hand, because of 100,000 records
 * the schema's check takes longer than all else that is done to them.
 *
 * @throws when it is none
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
    /** Records that are to be sent. */
    records: z.int().min(1),
    /** Where the job's lines lie in the attempt's list of records. */
    recordsOffset: z.int().min(0),
    recordsBytes: z.int().min(1),
    /** Records that only lift the job to the model's minimum; in no ledger, count or result. */
    paddingRecords: z.int().min(0),
    /** Of the media that its records ask about, each once. */
    mediaBytes: z.int().min(0),
  }),
);
export type PlannedJob = z.infer<typeof plannedJobSchema>;

/** Copies that jobs need: staged ones of all their media, root ones of media whose keys Bedrock refuses. */
export const stagingSchema = z.lazy(() =>
  z.object({
    objects: z.int().min(0),
    bytes: z.int().min(0),
    /** CopyObject requests, and the storage until the job's timeout. */
    usd: z.number().min(0),
  }),
);
export type Staging = z.infer<typeof stagingSchema>;

/** One sending of records: the first has all of a run, a further one those that failed and may succeed. */
export const attemptSchema = z.lazy(() =>
  z.object({
    attempt: z.int().min(1),
    layout: layoutSchema,
    /** Why the jobs lie there, in words for people. */
    layoutReason: z.string(),
    /** In place of a root job that was too large: it is no retry that a request counts. */
    isFallback: z.boolean().optional(),
    recordsKey: z.string(),
    records: z.int().min(1),
    jobs: z.array(plannedJobSchema).min(1),
    /** Jobs that go at the same time, in the order of the list. */
    jobsAtOnce: z.int().min(1),
    staging: stagingSchema,
    /** Hours that all of its jobs can take at most, by their timeout; waits for the root and for slots come on top. */
    longestHours: z.number().min(0),
    plannedAt: z.iso.datetime(),
  }),
);
export type Attempt = z.infer<typeof attemptSchema>;

/** A run's plan, written before anything is sent and never changed afterwards. */
export const planSchema = z.lazy(() =>
  z.object({
    runId: z.string(),
    /** Tells the run from another of the same name, which is possible after 90 days. */
    startedAt: z.string(),
    /** As it came, in a retry with the settings of the run that it retries; what a further attempt reads of it is checked, and the rest may be of another version. */
    request: z.looseObject({
      ...requestSchema.unwrap().pick({
        name: true,
        layout: true,
        belowMinimum: true,
        maxCostUsd: true,
        dryRun: true,
        retryOf: true,
      }).shape,
      /** A list of prebuilt records, in place of media. */
      records: z.string().optional(),
      media: z.looseObject({ newOnly: z.boolean().optional() }).optional(),
    }),
    bucket: z.string(),
    modelId: z.string(),
    timeoutHours: z.int(),
    /** Further attempts at most. */
    retries: z.int().min(0),
    analyses: z.array(analysisSchema),
    media: z.int().min(0),
    skipped: skippedSchema,
    /** The planner's own list of what is skipped; absent where that is nothing. */
    skippedKey: z.string().optional(),
    /** Absent where there is nothing to do, and in a dry run, so that whatever comes back to it finds nothing to send. */
    firstAttempt: attemptSchema.optional(),
    /** Of tokens, as it was when the plan was made. */
    price: knownPriceSchema.optional(),
    /** Of the first attempt; absent where that is, or where the price is unknown and nobody asked. */
    estimate: estimateSchema.optional(),
    plannedAt: z.iso.datetime(),
  }),
);
export type Plan = z.infer<typeof planSchema>;

/** Whether a plan lets what failed go into a further attempt: a fallback was none of its retries. */
export function hasRetriesLeft({ retries }: Pick<Plan, 'retries'>, attempts: readonly Attempt[]): boolean {
  return attempts.filter(({ isFallback }) => !isFallback).length <= retries;
}
