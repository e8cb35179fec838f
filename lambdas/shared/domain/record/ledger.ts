import * as z from 'zod';

/** One attempt of a record; with its tokens where an answer came back, which was paid for. */
const recordAttemptSchema = z.object({
  recordId: z.string(),
  /** Why it did not succeed, as words for people. */
  reason: z.string().optional(),
  /** Tokens at which the answer was truncated; it is sent again with more. */
  truncatedAtTokens: z.int().optional(),
  inputTokens: z.int().optional(),
  outputTokens: z.int().optional(),
});

/** An earlier attempt of a record, without an answer. */
export const earlierAttemptSchema = recordAttemptSchema.required({ reason: true });
export type EarlierAttempt = z.infer<typeof earlierAttemptSchema>;

/** What became of a submitted record; one line of a run's `records.ndjson`. */
export const submittedEntrySchema = z.object({
  ...recordAttemptSchema.shape,
  key: z.string(),
  analysis: z.string(),
  /** Where a run asks one media the same analysis several times: which one, and its column values. */
  variant: z.string().optional(),
  columns: z.record(z.string(), z.string()).optional(),
  /** `failed`: also where its media could not be copied. `missing`: Bedrock gave no answer. */
  outcome: z.enum(['succeeded', 'failed', 'missing']),
  /** It may succeed if it is sent again; the next attempt, if any, has it. */
  retryable: z.boolean().optional(),
  /** Earlier attempts of the run, each with its own ID; the only way in which a record is sent twice. */
  earlier: z.array(earlierAttemptSchema).optional(),
});

/** One line of a ledger of a job or a run: what became of a record, or of skipped media. */
export const ledgerEntrySchema = z.lazy(() =>
  z.discriminatedUnion('outcome', [
    submittedEntrySchema,
    submittedEntrySchema
      // Media that the plan skipped have no ID, and no analysis where all are skipped.
      .partial({ recordId: true, analysis: true })
      .extend({ outcome: z.literal('skipped') }),
  ]),
);
export type LedgerEntry = z.infer<typeof ledgerEntrySchema>;
export type SubmittedEntry = Exclude<LedgerEntry, { outcome: 'skipped' }>;

/** Counts of records; always submitted = succeeded + failed + missing. */
export const recordCountsSchema = z.object({
  submitted: z.int().min(0),
  succeeded: z.int().min(0),
  failed: z.int().min(0),
  missing: z.int().min(0),
});
export type RecordCounts = z.infer<typeof recordCountsSchema>;

/** Skipped media, or single analyses of them, counted by reason. */
export const skippedSchema = z.object({ total: z.int().min(0), byReason: z.record(z.string(), z.int().min(1)) });
export type Skipped = z.infer<typeof skippedSchema>;
