import * as z from 'zod';

/** What became of one submitted record; one line of a ledger. */
export const ledgerEntrySchema = z.strictObject({
  recordId: z.string(),
  key: z.string(),
  analysis: z.string(),
  outcome: z.enum(['succeeded', 'failed', 'missing']),
  /** Why it did not succeed, in words for people. */
  reason: z.string().optional(),
  inputTokens: z.int().optional(),
  outputTokens: z.int().optional(),
});
export type LedgerEntry = z.infer<typeof ledgerEntrySchema>;

/** One line of the list of what the plan left out: media, or one analysis of media that others were asked of. */
export const skippedEntrySchema = z.strictObject({
  key: z.string(),
  analysis: z.string().optional(),
  outcome: z.literal('skipped'),
  reason: z.string(),
});
export type SkippedEntry = z.infer<typeof skippedEntrySchema>;

/** Always submitted = succeeded + failed + missing. */
export const recordCountsSchema = z.strictObject({
  submitted: z.int().min(0),
  succeeded: z.int().min(0),
  failed: z.int().min(0),
  missing: z.int().min(0),
});
export type RecordCounts = z.infer<typeof recordCountsSchema>;

/** The sum of the counts of several jobs. */
export function sumCounts(all: readonly RecordCounts[]): RecordCounts {
  const sum = { submitted: 0, succeeded: 0, failed: 0, missing: 0 };
  for (const counts of all) {
    sum.submitted += counts.submitted;
    sum.succeeded += counts.succeeded;
    sum.failed += counts.failed;
    sum.missing += counts.missing;
  }
  return sum;
}
