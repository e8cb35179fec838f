import { RequestRefused } from '../../shared/domain/errors/errors.ts';
import type { Layout } from '../../shared/domain/job/job.ts';
import { type FoundInput, foreignInputsSentence } from '../../shared/domain/job/scan-folder.ts';
import type { MediaBatchRequest } from '../../shared/domain/request/request.ts';

/** What a job at the root would find there. */
export interface Root {
  bucket: string;
  /** Foreign `.jsonl`, anywhere in the bucket. */
  foreignInputs: readonly FoundInput[];
  /** Of everything in the bucket. */
  totalBytes: number;
}

/** The model, as far as it decides: bytes that one of its jobs may read, and how people call it. */
export interface Reader {
  label: string;
  maxJobBytes: number;
  /** The records name their media where they lie, so that only a job at the root can read them. */
  isInPlaceOnly?: boolean;
}

/** Where jobs lie, and why, in words for people. */
export interface DecidedLayout {
  layout: Layout;
  layoutReason: string;
}

/**
 * Where the jobs of a request lie: as it says, and with `auto` at the root if that can work.
 *
 * @param addedBytes what the run adds to the bucket while a job reads it: its list, an input, its copies
 * @throws {RequestRefused} where the request says root, and that cannot work
 */
export function decideLayout(
  requested: MediaBatchRequest['layout'],
  { bucket, foreignInputs, totalBytes }: Root,
  addedBytes: number,
  { label, maxJobBytes, isInPlaceOnly }: Reader,
): DecidedLayout {
  const [foreignInput] = foreignInputs;
  const bytes = totalBytes + addedBytes;
  const sizes = `the bucket holds ${gigabytes(bytes)} GB and a job of ${label} may read ${gigabytes(maxJobBytes)} GB`;
  if (requested === 'auto' && !isInPlaceOnly) {
    if (foreignInput !== undefined)
      return staged(`auto: ${JSON.stringify(foreignInput.key)} lies in the bucket, which a job at its root would run`);
    if (bytes > maxJobBytes) return staged(`auto: ${sizes}`);
    return { layout: 'root', layoutReason: `auto: ${sizes}` };
  }
  if (foreignInput !== undefined) throw new RequestRefused(foreignInputsSentence(bucket, foreignInputs));
  if (bytes > maxJobBytes) {
    throw new RequestRefused(
      `Bucket ${bucket} holds ${gigabytes(bytes)} GB and a job of ${label} may read ${gigabytes(maxJobBytes)} GB, counted over ` +
        `everything under its folder, here the whole bucket: ${isInPlaceOnly ? '' : copyThem}move what is not needed to another ` +
        'bucket, or use a model with a larger quota.',
    );
  }
  if (isInPlaceOnly) return { layout: 'root', layoutReason: 'prebuilt records name media where they lie' };
  return { layout: 'root', layoutReason: requested === 'root' ? 'the request says root' : 'root is the default' };
}

const copyThem = 'ask for "layout": "auto", which copies the media to a folder of their own, ';

/** The layout of a request that says staged; nothing in the media bucket matters to it. */
export const stagedAsRequested: DecidedLayout = staged('the request says staged');

/** A staged layout with its reason. */
export function staged(layoutReason: string): DecidedLayout {
  return { layout: 'staged', layoutReason };
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}
