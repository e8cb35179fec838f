import { type Analysis, kindsAskedBy } from '../shared/analyses.ts';
import { RequestRefused } from '../shared/errors.ts';
import type { ModelInvocationType } from '../shared/jobs.ts';
import type { SkippedEntry } from '../shared/ledger.ts';
import { maxInputFileBytes } from '../shared/limits.ts';
import type { MediaStore } from '../shared/media-store.ts';
import type { Model } from '../shared/models.ts';
import type { PlannedRecord, Skipped } from '../shared/plan.ts';
import { mediaRecord, recordIdOf } from '../shared/records.ts';
import { expectedMedia } from './judge-media.ts';
import type { Selection } from './select-media.ts';

/** What a manifest came to. */
export interface ManifestTotals {
  records: number;
  media: number;
  mediaBytes: number;
  modelInvocationType: ModelInvocationType;
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
 * @throws {RequestRefused} when the records are none, or more or longer than one job takes; the manifest then does not exist
 */
export async function writeManifest(
  selections: AsyncIterable<Selection>,
  store: Pick<MediaStore, 'bucket' | 'writeLines'>,
  target: ManifestTarget,
): Promise<ManifestTotals> {
  const totals = { records: 0, media: 0, mediaBytes: 0 };
  const skipped: string[] = [];
  const byReason = new Map<string, number>();
  let modelInvocationType: ModelInvocationType = 'InvokeModel';
  let inputBytes = 0;

  function skip(key: string, reason: string, analysis?: string): void {
    byReason.set(reason, (byReason.get(reason) ?? 0) + 1);
    const entry: SkippedEntry = { key, analysis, outcome: 'skipped', reason };
    skipped.push(JSON.stringify(entry));
  }

  async function* lines(): AsyncGenerator<string> {
    for await (const selection of selections) {
      if ('skipped' in selection) {
        skip(selection.key, selection.skipped);
        continue;
      }
      const { media } = selection;
      totals.media += 1;
      totals.mediaBytes += media.bytes;
      // InvokeModel is what videos in S3 are known to work with; by Nova's schema it takes images as bytes only, so an image
      // makes it a job of Converse: https://docs.aws.amazon.com/nova/latest/userguide/complete-request-schema.html
      if (media.kind === 'image') modelInvocationType = 'Converse';
      for (const analysis of target.analyses) {
        if (!analysis.media.includes(media.kind)) {
          skip(media.key, `the analysis is not for ${media.kind}s`, analysis.name);
          continue;
        }
        totals.records += 1;
        const { key, etag, bytes } = media;
        const recordId = recordIdOf(target.jobHash, totals.records);
        const planned: PlannedRecord = { recordId, key, etag, bytes, analysis: analysis.name };
        // Of the two bodies that of InvokeModel is the longer one, so this is never too little.
        const record = mediaRecord(store.bucket, planned, analysis, 'InvokeModel');
        inputBytes += Buffer.byteLength(JSON.stringify(record)) + 1;
        refuseIfTooMuch(totals.records, inputBytes, target.model);
        yield JSON.stringify(planned);
      }
    }
    if (totals.records === 0) {
      throw new RequestRefused(
        'The request reaches only media that none of its analyses is for; expected ' +
          `${expectedMedia(kindsAskedBy(target.analyses))}: add an analysis such as "summary", or name other media.`,
      );
    }
  }

  await store.writeLines(target.manifestKey, lines());
  if (skipped.length > 0) await store.writeLines(target.skippedKey, asyncOf(skipped));
  const leftOut = { total: skipped.length, byReason: Object.fromEntries(byReason) };
  return { ...totals, modelInvocationType, skipped: leftOut };
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
