import type { Analysis } from '../shared/analyses.ts';
import { RequestRefused } from '../shared/errors.ts';
import type { SkippedEntry } from '../shared/ledger.ts';
import { maxInputFileBytes } from '../shared/limits.ts';
import type { MediaStore } from '../shared/media-store.ts';
import type { Model } from '../shared/models.ts';
import type { PlannedRecord, Skipped } from '../shared/plan.ts';
import { recordIdOf, videoRecord } from '../shared/records.ts';
import type { Selection } from './select-media.ts';

/** What a manifest came to. */
export interface ManifestTotals {
  records: number;
  media: number;
  mediaBytes: number;
  skipped: Skipped;
}

/** Where a manifest goes and what it asks. */
export interface ManifestTarget {
  manifestKey: string;
  skippedKey: string;
  jobHash: string;
  analyses: readonly Analysis[];
  model: Model;
}

/**
 * Streams a request's media into the manifest of its job, a line per record, and what was left out into its own list.
 *
 * @throws {RequestRefused} when the records are more, or longer, than one job takes; the manifest then does not exist
 */
export async function writeManifest(
  selections: AsyncIterable<Selection>,
  store: Pick<MediaStore, 'bucket' | 'writeLines'>,
  target: ManifestTarget,
): Promise<ManifestTotals> {
  const totals = { records: 0, media: 0, mediaBytes: 0 };
  const skipped: string[] = [];
  const byReason = new Map<string, number>();
  let inputBytes = 0;

  async function* lines(): AsyncGenerator<string> {
    for await (const selection of selections) {
      if ('skipped' in selection) {
        byReason.set(selection.skipped, (byReason.get(selection.skipped) ?? 0) + 1);
        const entry: SkippedEntry = { key: selection.key, outcome: 'skipped', reason: selection.skipped };
        skipped.push(JSON.stringify(entry));
        continue;
      }
      totals.media += 1;
      totals.mediaBytes += selection.media.bytes;
      for (const analysis of target.analyses) {
        totals.records += 1;
        const recordId = recordIdOf(target.jobHash, totals.records);
        const planned: PlannedRecord = { recordId, ...selection.media, analysis: analysis.name };
        inputBytes += Buffer.byteLength(JSON.stringify(videoRecord(store.bucket, planned, analysis))) + 1;
        refuseIfTooMuch(totals.records, inputBytes, target.model);
        yield JSON.stringify(planned);
      }
    }
  }

  await store.writeLines(target.manifestKey, lines());
  if (skipped.length > 0) await store.writeLines(target.skippedKey, asyncOf(skipped));
  return { ...totals, skipped: { total: skipped.length, byReason: Object.fromEntries(byReason) } };
}

function refuseIfTooMuch(records: number, inputBytes: number, model: Model): void {
  const { maxRecordsPerJob } = model.quotas;
  if (records > maxRecordsPerJob) {
    throw new RequestRefused(
      `The request has more than ${maxRecordsPerJob} records (media × analyses), which is what one job of ${model.label} ` +
        'takes: divide it into several requests, by prefix or with "include".',
    );
  }
  if (inputBytes > maxInputFileBytes) {
    throw new RequestRefused(
      `The request's records are longer than ${maxInputFileBytes} bytes (1 GB), which is what one input file may have: ` +
        'shorten the prompts, or divide it into several requests.',
    );
  }
}

async function* asyncOf<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items;
}
