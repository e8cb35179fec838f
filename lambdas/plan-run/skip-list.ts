import type { SkippedEntry } from '../shared/ledger.ts';
import type { MediaStore } from '../shared/media-store.ts';
import type { Skipped } from '../shared/plan.ts';
import { listWriter } from './list-writer.ts';

/** What a plan leaves out: listed in full, and counted by reason. */
export type SkipList = ReturnType<typeof skipList>;

/** A list of what is left out, which exists only if there is something. */
export function skipList(store: Pick<MediaStore, 'writeLines'>, key: string) {
  const writer = listWriter(store, key);
  const byReason = new Map<string, number>();
  let total = 0;
  return {
    ...writer,
    async skip({ key: mediaKey, analysis, reason }: Omit<SkippedEntry, 'outcome'>): Promise<void> {
      total += 1;
      byReason.set(reason, (byReason.get(reason) ?? 0) + 1);
      const entry: SkippedEntry = { key: mediaKey, analysis, outcome: 'skipped', reason };
      await writer.write(JSON.stringify(entry));
    },
    summary: (): Skipped => ({ total, byReason: Object.fromEntries(byReason) }),
  };
}
