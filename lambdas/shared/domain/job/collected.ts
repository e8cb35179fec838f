import * as z from 'zod';
import { recordCountsSchema } from '../record/ledger.ts';

/** Answers to analyses with a schema that are not as they should be. */
export const answerCountsSchema = z.object({ repaired: z.int().min(0), invalid: z.int().min(0) });
export type AnswerCounts = z.infer<typeof answerCountsSchema>;

/** What came of a job's records, written down once. */
export const collectedSchema = z.lazy(() =>
  z.object({
    /** What became of each record, in the order of the attempt's list. */
    ledgerKey: z.string(),
    /** Of the records that were sent. */
    records: recordCountsSchema,
    /** Records that were not sent, because another run has them. */
    skipped: z.int().min(0),
    /** Records that failed or are missing and may succeed in a further attempt. */
    retryable: z.int().min(0),
    inputTokens: z.int().min(0),
    outputTokens: z.int().min(0),
    /** Lines of our output file, which the job's parts of the run's list cover; absent where nobody read them. */
    outputLines: z.int().min(0).optional(),
    /** Of the answers that have a schema: whose JSON was repaired, and which do not match. Absent where none has. */
    answers: answerCountsSchema.optional(),
    /** What Bedrock itself counts, foreign records included; absent where it wrote no manifest. */
    billed: z.object({ inputTokens: z.int().min(0), outputTokens: z.int().min(0) }).optional(),
    /** Lines that answer a record twice: counted once, as the first says. */
    duplicateLines: z.int().min(0),
    /** Lines of our output file that are no JSON or answer no record of ours; the first of them are set aside in a file. */
    foreignLines: z.int().min(0),
    /** Output files of inputs that are not ours, at most the first 20. */
    foreignFiles: z.array(z.string()),
  }),
);
export type Collected = z.infer<typeof collectedSchema>;

/** What `Prepare job` has decided about the records of a job; written down once, before the input is. */
export const preparedSchema = z.lazy(() =>
  z.object({
    /** Ledgers of the records that are not sent. */
    ledgerKeys: z.array(z.string()),
    sent: z.int().min(0),
    paddingRecords: z.int().min(0),
  }),
);
export type Prepared = z.infer<typeof preparedSchema>;
