import { RequestRefused } from '../../shared/domain/errors/errors.ts';
import type { Layout } from '../../shared/domain/job/job.ts';
import { foreignInputsSentence } from '../../shared/domain/job/scan-folder.ts';
import type { MediaBatchRequest } from '../../shared/domain/request/request.ts';
import type { RootScan } from './scan-root.ts';

/** The model: its name for people, and the bytes that one of its jobs may read. */
export interface Reader {
  label: string;
  maxJobBytes: number;
  /** The records name their media in place, so only a job at the root can read them. */
  isInPlaceOnly?: boolean;
}

/** A layout and its reason, as words for people. */
export interface DecidedLayout {
  layout: Layout;
  layoutReason: string;
}

/**
 * Decides the layout of a request: what it says, and with `auto` the root if that can work.
 *
 * @param addedBytes bytes that the run adds to the bucket while a job reads it: its list, an input, its copies
 * @throws {RequestRefused} where the request says root, and that cannot work
 */
export function decideLayout(
  requested: MediaBatchRequest['layout'],
  { bucket, foreignInputs, totalBytes }: Pick<RootScan, 'foreignInputs' | 'totalBytes'> & { bucket: string },
  addedBytes: number,
  { label, maxJobBytes, isInPlaceOnly }: Reader,
): DecidedLayout {
  const [foreignInput] = foreignInputs;
  const bytes = totalBytes + addedBytes;
  const sizes = `the bucket holds ${gigabytes(bytes)} GB and a job of ${label} may read ${gigabytes(maxJobBytes)} GB`;
  if (requested === 'auto' && !isInPlaceOnly) {
    if (foreignInput !== undefined)
      return staged(`auto: ${JSON.stringify(foreignInput)} is in the bucket, and a job at its root would run it`);
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
  if (isInPlaceOnly) return { layout: 'root', layoutReason: 'prebuilt records name their media in place' };
  return { layout: 'root', layoutReason: requested === 'root' ? 'the request says root' : 'root is the default' };
}

const copyThem = 'ask for "layout": "auto", which copies the media to a folder of their own, ';

/** The layout of a request that says staged, whatever is in the media bucket. */
export const stagedAsRequested: DecidedLayout = staged('the request says staged');

/** A staged layout with its reason. */
export function staged(layoutReason: string): DecidedLayout {
  return { layout: 'staged', layoutReason };
}

function gigabytes(bytes: number): string {
  return (bytes / 1e9).toFixed(1);
}
