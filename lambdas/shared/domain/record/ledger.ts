import * as z from 'zod';

/** One sending of a record that came to nothing; with its tokens where an answer came back, which was paid for. */
export const earlierAttemptSchema = z.object({
  recordId: z.string(),
  reason: z.string(),
  /** The answer was truncated here. */
  truncatedAtTokens: z.int().optional(),
  inputTokens: z.int().optional(),
  outputTokens: z.int().optional(),
});
export type EarlierAttempt = z.infer<typeof earlierAttemptSchema>;

/** What became of a record that was submitted; one line of a run's `records.ndjson`. */
export const submittedEntrySchema = z.object({
  recordId: z.string(),
  key: z.string(),
  analysis: z.string(),
  /** Of media that a run asks one analysis several times: which of them, and with which values of the prompt's columns. */
  variant: z.string().optional(),
  columns: z.record(z.string(), z.string()).optional(),
  /** `failed` also where its media could not be copied. `missing`: Bedrock answered nothing. */
  outcome: z.enum(['succeeded', 'failed', 'missing']),
  /** Why it did not succeed, in words for people. */
  reason: z.string().optional(),
  /** It may succeed if it is sent again; the next attempt, where there is one, has it. */
  retryable: z.boolean().optional(),
  /** The answer was truncated here, so that it is sent again with more room. */
  truncatedAtTokens: z.int().optional(),
  inputTokens: z.int().optional(),
  outputTokens: z.int().optional(),
  /** Sendings in earlier attempts of the run, each with its own ID; the only way in which a record is sent twice. */
  earlier: z.array(earlierAttemptSchema).optional(),
});

/** One line of a ledger, of a job or of a run: what became of a record, or of media that never became one. */
export const ledgerEntrySchema = z.lazy(() =>
  z.discriminatedUnion('outcome', [
    submittedEntrySchema,
    submittedEntrySchema
      // What the plan skipped has no ID, and media that were skipped for all analyses name none.
      .partial({ recordId: true, analysis: true })
      .extend({ outcome: z.literal('skipped') }),
  ]),
);
export type LedgerEntry = z.infer<typeof ledgerEntrySchema>;
export type SubmittedEntry = Exclude<LedgerEntry, { outcome: 'skipped' }>;

/** Always submitted = succeeded + failed + missing. */
export const recordCountsSchema = z.object({
  submitted: z.int().min(0),
  succeeded: z.int().min(0),
  failed: z.int().min(0),
  missing: z.int().min(0),
});
export type RecordCounts = z.infer<typeof recordCountsSchema>;

/** What was skipped, media or single analyses of them, by reason. */
export const skippedSchema = z.object({ total: z.int().min(0), byReason: z.record(z.string(), z.int().min(1)) });
export type Skipped = z.infer<typeof skippedSchema>;
