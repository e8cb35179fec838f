import { RequestRefused } from '../../shared/domain/errors/errors.ts';
import type { MediaStore } from '../../shared/domain/ports/media-store.ts';
import { LineTooLong } from '../../shared/text/lines.ts';
import type { PlanPosition } from '../checkpoint.ts';
import { keyIn } from './key-in-uri.ts';
import { headOf } from './select-keys.ts';

/** A list that a request names: a manifest, or prebuilt records. */
export interface NamedList {
  /** `media.manifest` */
  field: string;
  /** A key or a URI of this bucket, as the request names it. */
  named: string;
  /** The most bytes that it may have. */
  maxBytes: number;
}

/**
 * Checks the list that a request names before it is read, and that it is the same as in earlier turns.
 *
 * @returns its key
 * @throws {RequestRefused} where it is missing, too large, or changed
 */
export async function checkList(
  { field, named, maxBytes }: NamedList,
  store: Pick<MediaStore, 'bucket' | 'headObject'>,
  position: PlanPosition,
): Promise<string> {
  const key = keyIn(named, store.bucket, field);
  const name = `"${field}" of the request, ${JSON.stringify(key)},`;
  const head = await headOf(key, store);
  if (head === undefined) {
    throw new RequestRefused(
      `${name} is not in bucket ${store.bucket}; expected an object: check its spelling, keys are case-sensitive.`,
    );
  }
  if (head.bytes > maxBytes) {
    throw new RequestRefused(
      `${name} has ${head.bytes} bytes; expected at most ${maxBytes}: divide it into several requests.`,
    );
  }
  position.etag ??= head.etag;
  if (head.etag !== position.etag) {
    throw new RequestRefused(
      `${name} was replaced while it was read; expected the same bytes to its end: start the run again.`,
    );
  }
  return key;
}

/** Passes rows or lines on; one that is too long refuses the request before it is in memory. */
export async function* refuseLongLines<Item>(
  field: string,
  lines: AsyncIterable<Item>,
  remedy: string,
): AsyncGenerator<Item> {
  try {
    yield* lines;
  } catch (error) {
    if (!(error instanceof LineTooLong)) throw error;
    throw new RequestRefused(
      `Line ${error.line} of "${field}" has more than ${error.maxBytes} bytes; expected shorter ones: ${remedy}.`,
      { cause: error },
    );
  }
}
