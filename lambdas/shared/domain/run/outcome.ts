import * as z from 'zod';
import { answerCountsSchema } from '../job/collected.ts';
import { usdSchema } from '../model/pricing.ts';
import { estimateSchema } from '../plan/estimate.ts';
import { recordCountsSchema, skippedSchema } from '../record/ledger.ts';
import { runStatusSchema } from './run-status.ts';

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

/** How a run ended: the execution's output, and `outcome.json` in the run's folder (there with all jobs). */
export const outcomeSchema = z.object({
  runId: z.string(),
  status: runStatusSchema,
  /** Why it was refused or failed, or what a person should know of a run that did not fully succeed. */
  reason: z.string().optional(),
  modelId: z.string().optional(),
  media: z.int().min(0),
  /** Each record once, as its last attempt left it. */
  records: recordCountsSchema,
  /** Why records did not succeed, the most frequent first, at most 20. */
  reasons: z.array(z.object({ outcome: z.enum(['failed', 'missing']), reason: z.string(), records: z.int().min(1) })),
  skipped: skippedSchema,
  /** Times that records were sent: 1, and one more for each further attempt. */
  attempts: z.int().min(0),
  layout: z.object({ layout: z.string(), reason: z.string(), stagedBytes: z.int(), stagedUsd: z.number() }).optional(),
  /** At most the first 100 in the execution's output; `jobCount` says how many there are. */
  jobs: z.array(jobOutcomeSchema),
  jobCount: z.int().min(0),
  cost: z.object({
    ...costSchema.shape,
    /** What foreign records in our jobs cost on top, by Bedrock's own count of tokens. */
    foreignUsd: usdSchema.optional(),
    /** Of all attempts, failures included; what is left of the total is padding. In the execution's output at most the first 50. */
    byAnalysis: z.record(z.string(), costSchema).optional(),
    /**
     * What Bedrock's own totals of jobs have more than their records have together, or less where negative; absent where they
     * agree. It is in no other number.
     */
    unaccounted: z
      .object({
        jobs: z.int().min(1),
        inputTokens: z.int(),
        outputTokens: z.int(),
        batchUsd: z.union([z.number(), z.literal('unknown')]),
      })
      .optional(),
  }),
  /** Of the answers to analyses with a schema: whose JSON was repaired, and which do not match; absent where there are none. */
  answers: answerCountsSchema.optional(),
  /** Of the first attempt, before it was sent; absent where the model has no price and nobody asked, or nothing was to be sent. */
  estimate: estimateSchema.optional(),
  resultsUri: z.string(),
  /**
   * All submitted records with their answers, for programs and for spreadsheets; absent where nothing was submitted, or where an
   * earlier version collected a job.
   */
  resultsListUri: z.string().optional(),
  resultsCsvUri: z.string().optional(),
  ledgerUri: z.string(),
  outcomeUri: z.string(),
  /** The page for people; absent where it could not be written, and in outcomes of earlier versions. */
  reportUri: z.string().optional(),
  /** When the run was summed up; absent in outcomes of earlier versions. */
  endedAt: z.iso.datetime().optional(),
});
export type Outcome = z.infer<typeof outcomeSchema>;
