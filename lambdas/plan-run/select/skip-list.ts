import type { MediaStore } from '../../shared/domain/ports/media-store.ts';
import type { LedgerEntry } from '../../shared/domain/record/ledger.ts';
import type { PlanPosition } from '../checkpoint.ts';
import { listWriter } from './list-writer.ts';
import type { SkippedMedia } from './selection.ts';

type SkippedSoFar = Pick<PlanPosition, 'skippedKey' | 'skipped'>;

/** The media that a plan skips: all in a list, and counted by reason. */
export type SkipList = ReturnType<typeof skipList>;

/** The most reasons that are counted apart, so that the plan stays small. */
const maxReasons = 1000;
const otherReasons = 'other reasons';

/** Begins the list of skipped media, after those of earlier turns. It exists only if it has a line. */
export function skipList(store: Pick<MediaStore, 'readLines' | 'writeLines'>, key: string, earlier: SkippedSoFar) {
  const writer = listWriter(store, key, earlier.skippedKey);
  const byReason = new Map<string, number>(Object.entries(earlier.skipped.byReason));
  let { total } = earlier.skipped;
  return {
    abandon: writer.abandon,
    /** Adds an entry. The list names the line of the manifest; the counts are by reason alone. */
    async skip({ key: mediaKey, analysis, reason, line }: SkippedMedia): Promise<void> {
      total += 1;
      const counted = line === undefined ? reason : `manifest: ${reason}`;
      const group = byReason.has(counted) || byReason.size < maxReasons ? counted : otherReasons;
      byReason.set(group, (byReason.get(group) ?? 0) + 1);
      const listed = line === undefined ? reason : `manifest line ${line}: ${reason}`;
      const entry: LedgerEntry = { key: mediaKey, analysis, outcome: 'skipped', reason: listed };
      await writer.write(JSON.stringify(entry));
    },
    async complete(): Promise<SkippedSoFar> {
      return { skippedKey: await writer.complete(), skipped: { total, byReason: Object.fromEntries(byReason) } };
    },
  };
}
