import type { Skipped } from '../../shared/domain/plan/plan.ts';
import type { MediaStore } from '../../shared/domain/ports/media-store.ts';
import type { SkippedEntry } from '../../shared/domain/record/ledger.ts';
import { listWriter } from './list-writer.ts';

/** What a plan leaves out: listed in full, and counted by reason. */
export type SkipList = ReturnType<typeof skipList>;

/** What earlier turns left out. */
export interface EarlierSkips {
  key?: string;
  summary: Skipped;
}

/** Reasons that are counted apart: whatever Bedrock said of earlier failures, the plan stays small. */
const maxReasons = 1000;
const otherReasons = 'other reasons';

/** A list of what is left out, which exists only if there is something. */
export function skipList(store: Pick<MediaStore, 'readLines' | 'writeLines'>, key: string, earlier?: EarlierSkips) {
  const writer = listWriter(store, key, earlier?.key);
  const byReason = new Map<string, number>(Object.entries(earlier?.summary.byReason ?? {}));
  let total = earlier?.summary.total ?? 0;
  return {
    ...writer,
    /** @param line of the request's manifest: it stands in the list, while the counts are by the mere reason */
    async skip({ key: mediaKey, analysis, reason }: Omit<SkippedEntry, 'outcome'>, line?: number): Promise<void> {
      total += 1;
      const counted = line === undefined ? reason : `manifest: ${reason}`;
      const group = byReason.has(counted) || byReason.size < maxReasons ? counted : otherReasons;
      byReason.set(group, (byReason.get(group) ?? 0) + 1);
      const listed = line === undefined ? reason : `manifest line ${line}: ${reason}`;
      const entry: SkippedEntry = { key: mediaKey, analysis, outcome: 'skipped', reason: listed };
      await writer.write(JSON.stringify(entry));
    },
    summary: (): Skipped => ({ total, byReason: Object.fromEntries(byReason) }),
  };
}
