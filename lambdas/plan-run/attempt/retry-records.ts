import type { Job } from '../../shared/domain/job/job.ts';
import { type PlannedRecord, parsePlannedRecord } from '../../shared/domain/plan/plan.ts';
import type { MediaStore } from '../../shared/domain/ports/media-store.ts';
import { type LedgerEntry, ledgerEntrySchema, type SubmittedEntry } from '../../shared/domain/record/ledger.ts';

/**
 * Returns the records of an attempt that failed and may succeed, in the order of its list, by reading list and ledger
 * side by side. A truncated answer gets twice the tokens, up to the model's limit.
 *
 * @throws {TypeError} when a job's ledger does not match its records
 */
export async function* retryRecords(
  jobs: readonly Job[],
  store: Pick<MediaStore, 'readLines'>,
  maxOutputTokens: number,
): AsyncGenerator<PlannedRecord> {
  for (const { collected, recordsKey, recordsOffset, recordsBytes } of jobs) {
    if (collected === undefined || collected.retryable === 0) continue;
    const ledger = store.readLines(collected.ledgerKey);
    for await (const line of store.readLines(recordsKey, { offset: recordsOffset, bytes: recordsBytes })) {
      const record = parsePlannedRecord(line);
      const next = await ledger.next();
      const entry = next.done ? undefined : ledgerEntrySchema.parse(JSON.parse(next.value));
      if (entry === undefined || entry.key !== record.key || entry.analysis !== record.analysis) {
        throw new TypeError(
          `Ledger ${collected.ledgerKey} has ${entry?.key ?? 'no line'} where ${record.key} was planned, expected the same order.`,
        );
      }
      if (entry.outcome !== 'skipped' && entry.retryable) yield again(record, entry, maxOutputTokens);
    }
  }
}

function again(
  record: PlannedRecord,
  { recordId, reason = 'no reason was given', truncatedAtTokens, inputTokens, outputTokens }: SubmittedEntry,
  maxOutputTokens: number,
): PlannedRecord {
  const maxTokens = roomAfterTruncation(record, { truncatedAtTokens }, maxOutputTokens);
  const attempt = { recordId, reason, truncatedAtTokens, inputTokens, outputTokens };
  return { ...record, maxTokens, earlier: [...(record.earlier ?? []), attempt] };
}

/** Tokens for an answer that is asked again: twice those at which it was truncated, up to the model's limit. */
export function roomAfterTruncation(
  { maxTokens }: Pick<PlannedRecord, 'maxTokens'>,
  { truncatedAtTokens }: Pick<LedgerEntry, 'truncatedAtTokens'>,
  maxOutputTokens: number,
): number | undefined {
  return truncatedAtTokens === undefined ? maxTokens : Math.min(2 * truncatedAtTokens, maxOutputTokens);
}
