import type { LedgerEntry } from '../shared/domain/record/ledger.ts';

/** The entries of one attempt: the ledgers of its jobs, one after the other. */
export type AttemptLedger = AsyncIterable<LedgerEntry>;

/**
 * The ledger of a run: every record of its first attempt once, as the last attempt that sent it left it. An attempt has the entries
 * that the one before could be sent again with, in the same order, so that all attempts are read side by side in one pass. What a
 * later attempt did not send, because another run has it by then, stays what it was.
 */
export async function* mergeLedgers([first, ...further]: readonly AttemptLedger[]): AttemptLedger {
  if (first === undefined) return;
  const later = further.length === 0 ? undefined : lookahead(mergeLedgers(further));
  try {
    for await (const entry of first) {
      // Known by the ID that it had here, because not everything that may be sent again is.
      const sendings = entry.earlier?.length ?? 0;
      const next = await later?.takeIf(({ earlier }) => earlier?.[sendings]?.recordId === entry.recordId);
      yield next === undefined || next.outcome === 'skipped' ? entry : next;
    }
  } finally {
    await later?.close();
  }
}

/** Hands out the next of a sequence only to the one that it belongs to. */
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
