import type { LedgerEntry } from '../shared/domain/record/ledger.ts';

/** The entries of one attempt, job by job. */
export type AttemptLedger = AsyncIterable<LedgerEntry>;

/**
 * Yields every record of the first attempt once, as its last attempt left it. Each attempt has retryable entries of the
 * one before, in the same order, so all are read side by side in one pass. A record that a later attempt skipped,
 * because another run has it by then, keeps its entry.
 */
export async function* mergeLedgers([first, ...further]: readonly AttemptLedger[]): AttemptLedger {
  if (first === undefined) return;
  const later = further.length === 0 ? undefined : lookahead(mergeLedgers(further));
  try {
    for await (const entry of first) {
      // Matched by the ID that it had in this attempt, because not every retryable record is sent again.
      const number = entry.earlier?.length ?? 0;
      const next = await later?.takeIf(({ earlier }) => earlier?.[number]?.recordId === entry.recordId);
      yield next === undefined || next.outcome === 'skipped' ? entry : next;
    }
  } finally {
    await later?.close();
  }
}

/** Returns the next item of a sequence only if it belongs. */
function lookahead<Item>(items: AsyncIterable<Item>) {
  const iterator = items[Symbol.asyncIterator]();
  let next: Promise<IteratorResult<Item>> | undefined;
  return {
    async takeIf(belongs: (item: Item) => boolean): Promise<Item | undefined> {
      next ??= iterator.next();
      const { done, value } = await next;
      if (done || !belongs(value)) return undefined;
      next = undefined;
      return value;
    },
    close: () => iterator.return?.(),
  };
}
