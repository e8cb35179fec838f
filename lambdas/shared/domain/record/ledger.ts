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

/** What became of one submitted record; one line of a ledger. */
export const ledgerEntrySchema = z.object({
  recordId: z.string(),
  key: z.string(),
  analysis: z.string(),
  /** Of media that a run asks one analysis several times: which of them, and with which values of the prompt's columns. */
  variant: z.string().optional(),
  columns: z.record(z.string(), z.string()).optional(),
  outcome: z.enum(['succeeded', 'failed', 'missing']),
  /** Why it did not succeed, in words for people. */
  reason: z.string().optional(),
  /** The answer was truncated here, so that it is sent again with more room. */
  truncatedAtTokens: z.int().optional(),
  inputTokens: z.int().optional(),
  outputTokens: z.int().optional(),
  /** Sendings in earlier attempts of the run, each with its own ID; the only way in which a record is sent twice. */
  earlier: z.array(earlierAttemptSchema).optional(),
});
export type LedgerEntry = z.infer<typeof ledgerEntrySchema>;

/** One line of a job's own ledger, of which the run's is put together. */
export const jobLedgerEntrySchema = z.lazy(() =>
  z.object({
    ...ledgerEntrySchema.shape,
    outcome: z.enum(['succeeded', 'failed', 'missing', 'skipped']),
    /** It may succeed if it is sent again; the next attempt, where there is one, has it. */
    retryable: z.boolean().optional(),
  }),
);
export type JobLedgerEntry = z.infer<typeof jobLedgerEntrySchema>;

/** A record of a job that is not sent, and why; one line of a list. */
export const unsentRecordSchema = z.lazy(() =>
  z.object({
    /** In its job, from 1. */
    number: z.int().min(1),
    /** `skipped`: another run has it. `failed`: its media cannot be copied, or are not what was planned any more. */
    outcome: z.enum(['skipped', 'failed']),
    reason: z.string(),
  }),
);
export type UnsentRecord = z.infer<typeof unsentRecordSchema>;

/** One line of the list of what the plan left out: media, or one analysis of media that others were asked of. */
export const skippedEntrySchema = z.lazy(() =>
  z.strictObject({
    key: z.string(),
    analysis: z.string().optional(),
    outcome: z.literal('skipped'),
    reason: z.string(),
  }),
);
export type SkippedEntry = z.infer<typeof skippedEntrySchema>;

/** Always submitted = succeeded + failed + missing. */
export const recordCountsSchema = z.object({
  submitted: z.int().min(0),
  succeeded: z.int().min(0),
  failed: z.int().min(0),
  missing: z.int().min(0),
});
export type RecordCounts = z.infer<typeof recordCountsSchema>;
