import pMap from 'p-map';
import type { MediaFactsTable } from '../../shared/aws/dynamodb/media-facts-table.ts';
import type { ReadRange } from '../../shared/aws/s3/object-range.ts';
import { maxItemsPerRead } from '../../shared/domain/limits.ts';
import type { MediaHeader } from '../../shared/domain/media/media-header.ts';
import type { ByteRange } from '../../shared/domain/ports/media-store.ts';
import type { HeaderReader } from './header-reader.ts';

/** Media whose headers are read. */
export interface InspectedMedia {
  key: string;
  etag: string;
  bytes: number;
}

/** How headers are read, and where they are remembered. */
export interface InspectDependencies {
  readRange: ReadRange;
  facts: Pick<MediaFactsTable, 'readFacts' | 'writeFacts'>;
  headers: Pick<HeaderReader, 'read'>;
}

/** Files that are read at the same time: each is a few small requests, one after the other. */
const filesAtOnce = 32;

/** Files that may take all the time that the reader gives one, about two seconds. After these no other file is read. */
const maxGivenUp = 30;

/**
 * Returns the headers of media, in their order: from the table, else from the files; undefined if a file cannot be
 * read.
 *
 * @param loss files that were given up, for callers with several batches
 * @throws what S3 throws, where a repeat may succeed
 */
export async function inspectMedia(
  media: readonly InspectedMedia[],
  { readRange, facts, headers }: InspectDependencies,
  loss = { givenUp: 0 },
): Promise<(MediaHeader | undefined)[]> {
  const all: (MediaHeader | undefined)[] = [];
  for (let at = 0; at < media.length; at += maxItemsPerRead) {
    const batch = media.slice(at, at + maxItemsPerRead);
    const known = await facts.readFacts(batch);
    all.push(...(await pMap(batch, (each, index) => known[index] ?? inspect(each), { concurrency: filesAtOnce })));
  }
  return all;

  async function inspect(file: InspectedMedia): Promise<MediaHeader | undefined> {
    if (loss.givenUp >= maxGivenUp) return undefined;
    let isGone = false;
    let failure: { error: unknown } | undefined;
    const read = async (range: ByteRange) => {
      try {
        const bytes = await readRange(file, range);
        if (bytes?.length === range.bytes) return bytes;
        isGone = true;
      } catch (error) {
        failure = { error };
      }
      return undefined;
    };
    const header = await headers.read({ size: file.bytes, read });
    if (failure !== undefined) throw failure.error;
    // A file that S3 does not return today may be readable tomorrow; what a header does not say, it never will.
    if (isGone) return undefined;
    if (header === undefined) loss.givenUp += 1;
    const found: MediaHeader = header ?? { isUnfinished: true };
    await facts.writeFacts(file, found);
    return found;
  }
}
