import * as z from 'zod';
import { formatVersion } from '../format-version.ts';
import { answerCountsSchema } from '../job/collected.ts';
import { usdSchema } from '../model/cost.ts';
import { estimateSchema } from '../plan/estimate.ts';
import { recordCountsSchema, skippedSchema } from '../record/ledger.ts';
import { runStatusSchema } from './run.ts';

/** A job in the outcome of its run. */
export const jobOutcomeSchema = z.object({
  jobName: z.string(),
  attempt: z.int().min(1),
  layout: z.string(),
  batchJobArn: z.string().optional(),
  batchInputS3Key: z.string(),
  batchOutputS3Prefix: z.string(),
  status: z.string(),
  reason: z.string().optional(),
  records: recordCountsSchema,
  paddingRecords: z.int().min(0),
});

const costSchema = z.object({
  inputTokens: z.int(),
  outputTokens: z.int(),
  batchUsd: usdSchema,
  onDemandUsd: usdSchema,
});

/** The end of a run: the output of the execution and, with all jobs, `outcome.json` in the run's folder. */
export const outcomeSchema = z.object({
  formatVersion: z.literal(formatVersion),
  runId: z.string(),
  status: runStatusSchema,
  /** Why it was refused or failed, or did not fully succeed. */
  reason: z.string().optional(),
  modelId: z.string().optional(),
  media: z.int().min(0),
  /** Each record once, with the result of its last attempt. */
  records: recordCountsSchema,
  /** Why records did not succeed, the most frequent first, at most 20. */
  reasons: z.array(z.object({ outcome: z.enum(['failed', 'missing']), reason: z.string(), records: z.int().min(1) })),
  skipped: skippedSchema,
  /** How often records were sent: 1, and one more for each further attempt. */
  attempts: z.int().min(0),
  layout: z.object({ layout: z.string(), reason: z.string(), stagedBytes: z.int(), stagedUsd: z.number() }).optional(),
  /** At most the first 100 in the execution's output; `jobCount` says how many there are. */
  jobs: z.array(jobOutcomeSchema),
  jobCount: z.int().min(0),
  cost: z.object({
    ...costSchema.shape,
    /** The additional cost of foreign records in our jobs, by Bedrock's token counts. */
    foreignUsd: usdSchema.optional(),
    /** Over all attempts, with failures; the rest of the total is padding. The execution's output has the first 50. */
    byAnalysis: z.record(z.string(), costSchema).optional(),
    /** By how much Bedrock's totals exceed the records (or fall short), in no other number; absent if they agree. */
    unaccounted: z
      .object({
        jobs: z.int().min(1),
        inputTokens: z.int(),
        outputTokens: z.int(),
        batchUsd: z.union([z.number(), z.literal('unknown')]),
      })
      .optional(),
  }),
  /** Answers to analyses with a schema that were repaired or do not match; absent without such answers. */
  answers: answerCountsSchema.optional(),
  /** Of the first attempt, before it was sent; absent without a price or a wish for it, or if nothing was sent. */
  estimate: estimateSchema.optional(),
  resultsUri: z.string(),
  /** All submitted records with their answers, for programs and for spreadsheets; absent if nothing was sent. */
  resultsListUri: z.string().optional(),
  resultsCsvUri: z.string().optional(),
  ledgerUri: z.string(),
  outcomeUri: z.string(),
  /** The report page; absent if it could not be written. */
  reportUri: z.string().optional(),
  /** When the outcome was written. */
  endedAt: z.iso.datetime(),
});
export type Outcome = z.infer<typeof outcomeSchema>;
