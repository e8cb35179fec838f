import * as z from 'zod';
import { recordCountsSchema } from '../record/ledger.ts';

/** Counts of answers to analyses with a schema that were repaired or do not match. */
export const answerCountsSchema = z.object({ repaired: z.int().min(0), invalid: z.int().min(0) });
export type AnswerCounts = z.infer<typeof answerCountsSchema>;

/** What became of a job's records; written once. */
export const collectedSchema = z.lazy(() =>
  z.object({
    /** Key of the job's ledger, in the order of the attempt's list. */
    ledgerKey: z.string(),
    /** Counts of the records that were sent. */
    records: recordCountsSchema,
    /** Records that were not sent, because another run has them. */
    skipped: z.int().min(0),
    /** Records that failed or are missing and may succeed in a further attempt. */
    retryable: z.int().min(0),
    inputTokens: z.int().min(0),
    outputTokens: z.int().min(0),
    /** Lines of our output file, which the job's parts of the results list cover. */
    outputLines: z.int().min(0),
    /** Absent where no analysis has a schema. */
    answers: answerCountsSchema.optional(),
    /** Bedrock's own count, foreign records included; absent where it wrote no manifest. */
    billed: z.object({ inputTokens: z.int().min(0), outputTokens: z.int().min(0) }).optional(),
    /** Further lines for an answered record; the first line counts. */
    duplicateLines: z.int().min(0),
    /** Lines of our output file that are not JSON or answer no record of ours; the first are set aside in a file. */
    foreignLines: z.int().min(0),
    /** Output files of inputs that are not ours, at most the first 20. */
    foreignFiles: z.array(z.string()),
  }),
);
export type Collected = z.infer<typeof collectedSchema>;

/** What `Prepare job` decided about the records of a job; written once, before the input. */
export const preparedSchema = z.lazy(() =>
  z.object({
    /** Ledgers of the records that are not sent. */
    ledgerKeys: z.array(z.string()),
    sent: z.int().min(0),
    paddingRecords: z.int().min(0),
  }),
);
export type Prepared = z.infer<typeof preparedSchema>;
