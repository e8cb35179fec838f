import pMap from 'p-map';
import type { MediaFactsTable } from '../../shared/aws/dynamodb/media-facts-table.ts';
import type { ReadRange } from '../../shared/aws/s3/object-range.ts';
import { maxItemsPerRead } from '../../shared/domain/limits.ts';
import type { MediaKind } from '../../shared/domain/media/media.ts';
import type { MediaFacts } from '../../shared/domain/model/tokens.ts';
import { type ProbedFile, probedFile, Unreadable } from './probe-file.ts';

/** Media that are looked into. */
export interface ProbedMedia {
  key: string;
  etag: string;
  bytes: number;
  kind: MediaKind;
}

/** How media are looked into. */
export interface ProbeDependencies {
  readRange: ReadRange;
  facts: Pick<MediaFactsTable, 'readFacts' | 'writeFacts'>;
}

/** Files that are looked into at the same time: each is a few small requests, one after the other. */
const filesAtOnce = 32;

/** What is known of media, in their order: from the table, else from the files. Nothing is known of what cannot be read. */
export async function probeMedia(
  media: readonly ProbedMedia[],
  dependencies: ProbeDependencies,
): Promise<MediaFacts[]> {
  const all: MediaFacts[] = [];
  for (let at = 0; at < media.length; at += maxItemsPerRead) {
    const batch = media.slice(at, at + maxItemsPerRead);
    const known = await dependencies.facts.readFacts(batch);
    const facts = await pMap(batch, (each, index) => known[index] ?? lookInto(each, dependencies), {
      concurrency: filesAtOnce,
    });
    all.push(...facts);
  }
  return all;
}

/** @throws what S3 throws, where a repeat may succeed */
async function lookInto(media: ProbedMedia, { readRange, facts }: ProbeDependencies): Promise<MediaFacts> {
  const file = probedFile(media.bytes, (range) => readRange(media, range));
  const found = await factsIn(media.kind, file);
  const failure = file.failure();
  if (failure !== undefined && !(failure instanceof Unreadable)) throw failure;
  // Media that cannot be read today may be given out tomorrow; what a file itself does not tell, it never will.
  if (failure === undefined) await facts.writeFacts(media, found);
  return found;
}

/** What reads media is loaded when there are any to be read: nothing else of a plan needs it. */
async function factsIn(kind: MediaKind, file: ProbedFile): Promise<MediaFacts> {
  try {
    if (kind === 'video') return { seconds: await (await import('./probe-video.ts')).secondsOf(file) };
    return { pixels: await (await import('./probe-image.ts')).pixelsOf(file) };
  } catch (error) {
    if (error instanceof Unreadable) return {};
    throw error;
  }
}
