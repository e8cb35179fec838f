import picomatch from 'picomatch';
import { RequestRefused } from '../shared/errors.ts';
import { isOwnKey, type KeyPrefixes } from '../shared/keys.ts';
import { maxKeyBytes, maxS3UriLength, maxVideoBytes } from '../shared/limits.ts';
import {
  isUnsupportedVideo,
  keyBytes,
  supportedVideoExtensions,
  videoFormatOf,
  whyKeyIsRefused,
} from '../shared/media.ts';
import type { MediaStore } from '../shared/media-store.ts';
import type { MediaBatchRequest } from '../shared/request.ts';

/** A media object to analyse. */
export interface Media {
  key: string;
  etag: string;
  bytes: number;
}

/** One object that a request reaches: media, or left out with the reason. */
export type Selection = { media: Media } | { key: string; skipped: string };

type Candidate = Media & { storageClass?: string };
type MediaRequest = MediaBatchRequest['media'];
type Store = Pick<MediaStore, 'bucket' | 'listObjects' | 'headObject'>;

/** S3 answers a read of these with InvalidObjectState until they are restored. */
const archivedClasses: ReadonlySet<string> = new Set(['GLACIER', 'DEEP_ARCHIVE']);

/**
 * The media of a request, each key once: everything under the prefixes that the globs let through, and the named keys. What
 * is no video, empty or archived is skipped under a prefix and refused where it was named; a video that Bedrock could not
 * take refuses the request, because leaving it out silently would look like success.
 *
 * @throws {RequestRefused} naming the first object that cannot work, or a prefix without media
 */
export async function* selectMedia(request: MediaRequest, store: Store, own: KeyPrefixes): AsyncGenerator<Selection> {
  const prefixes = unique((request.prefixes ?? []).map((prefix) => keyOf(prefix, store.bucket, 'media.prefixes')));
  const keys = unique((request.keys ?? []).map((key) => keyOf(key, store.bucket, 'media.keys')));
  const isWanted = globFilter(request);
  for (const prefix of outermost(prefixes)) {
    const inside = prefixes.filter((other) => other.startsWith(prefix));
    yield* selectUnder(prefix, inside, isWanted, store, own);
  }
  for (const key of keys) {
    // Looked at even where a prefix gave it already: what was named is there and can be analysed, or the request is refused.
    const media = await namedMedia(key, store);
    const isGiven = prefixes.some((prefix) => key.startsWith(prefix)) && isWanted(key) && !isOwnKey(own, key);
    if (!isGiven) yield { media };
  }
}

/** Lists a prefix once, and refuses the request unless each of the prefixes inside it has media. */
async function* selectUnder(
  prefix: string,
  inside: readonly string[],
  isWanted: (key: string) => boolean,
  store: Store,
  own: KeyPrefixes,
): AsyncGenerator<Selection> {
  const tallies = inside.map((name) => ({ name, listed: 0, wanted: 0, selected: 0 }));
  for await (const object of store.listObjects(prefix)) {
    if (isOwnKey(own, object.key)) continue;
    const reached = tallies.filter(({ name }) => object.key.startsWith(name));
    for (const tally of reached) tally.listed += 1;
    if (!isWanted(object.key)) continue;
    for (const tally of reached) tally.wanted += 1;
    const skipped = whySkipped(object);
    if (skipped !== undefined) {
      yield { key: object.key, skipped };
      continue;
    }
    refuseUnlessPossible(object, store.bucket, 'leave it out with "exclude"');
    for (const tally of reached) tally.selected += 1;
    yield { media: { key: object.key, etag: object.etag, bytes: object.bytes } };
  }
  for (const { name, listed, wanted, selected } of tallies) {
    if (selected > 0) continue;
    const found =
      listed === 0
        ? 'no object'
        : wanted === 0
          ? `${objects(listed)}, none of which the globs let through,`
          : `${objects(wanted)}, none of them a video that can be analysed,`;
    const wayOut =
      listed > 0 && wanted === 0
        ? 'widen "include" or narrow "exclude"'
        : 'check its spelling, keys are case-sensitive';
    throw new RequestRefused(
      `Prefix ${JSON.stringify(name)} of the request has ${found} in bucket ${store.bucket}; expected at least one video ` +
        `(${supportedVideoExtensions}): ${wayOut}.`,
    );
  }
}

function objects(count: number): string {
  return count === 1 ? '1 object' : `${count} objects`;
}

async function namedMedia(key: string, store: Store): Promise<Media> {
  // S3 answers such names with an error of its own instead of a 404.
  const isPossible = key !== '' && keyBytes(key) <= maxKeyBytes;
  const head = isPossible ? await store.headObject(key) : undefined;
  if (head === undefined) {
    throw new RequestRefused(
      `Key ${JSON.stringify(key)} of the request is not in bucket ${store.bucket}; expected an object: check its spelling, ` +
        'keys are case-sensitive.',
    );
  }
  const object: Candidate = { key, ...head };
  const skipped = whySkipped(object);
  if (skipped !== undefined) {
    throw new RequestRefused(
      `Key ${JSON.stringify(key)} of the request cannot be analysed, it is ${skipped}; expected a video ` +
        `(${supportedVideoExtensions}): take it out of "keys".`,
    );
  }
  refuseUnlessPossible(object, store.bucket, 'take it out of "keys"');
  return { key, etag: object.etag, bytes: object.bytes };
}

function whySkipped({ key, bytes, storageClass }: Candidate): string | undefined {
  if (key.endsWith('/')) return 'a folder marker';
  if (videoFormatOf(key) === undefined && !isUnsupportedVideo(key)) return 'not a video by its extension';
  if (bytes === 0) return 'empty';
  if (storageClass !== undefined && archivedClasses.has(storageClass)) return `archived (${storageClass})`;
  return undefined;
}

function refuseUnlessPossible({ key, bytes }: Candidate, bucket: string, wayOut: string): void {
  const name = JSON.stringify(key);
  if (isUnsupportedVideo(key)) {
    throw new RequestRefused(
      `Video ${name} has a format that Bedrock does not take; expected ${supportedVideoExtensions}: convert it, or ${wayOut}.`,
    );
  }
  if (bytes > maxVideoBytes) {
    throw new RequestRefused(
      `Video ${name} has ${bytes} bytes; Bedrock takes at most ${maxVideoBytes} (1 GB) each: make a smaller proxy of it, or ` +
        `${wayOut}.`,
    );
  }
  const refused = whyKeyIsRefused(bucket, key);
  if (refused !== undefined) {
    throw new RequestRefused(
      `Bedrock would refuse the key ${name} because ${refused}; expected names of letters, digits and ! - _ . * ' ( ) in a ` +
        `URI of at most ${maxS3UriLength} characters: copy the video to such a key, or ${wayOut}.`,
    );
  }
}

/** Bucket-less key or prefix: a whole `s3://` URI is fine as long as it is this bucket. */
function keyOf(text: string, bucket: string, field: string): string {
  const uri = /^s3:\/\/([^/]*)\/?(.*)$/s.exec(text);
  if (!uri) return text;
  const [, named = '', key = ''] = uri;
  if (named === bucket) return key;
  throw new RequestRefused(
    `"${field}" of the request names ${JSON.stringify(text)} in bucket ${JSON.stringify(named)}; expected media in bucket ` +
      `${bucket}, the one this stack was deployed for: copy them there, or deploy a stack with -c bucketName=${named}.`,
  );
}

function unique(texts: readonly string[]): string[] {
  return [...new Set(texts)];
}

/** Prefixes without those that another one contains, so that no object comes twice. */
function outermost(prefixes: readonly string[]): string[] {
  return prefixes.filter((prefix) => !prefixes.some((other) => other !== prefix && prefix.startsWith(other)));
}

/** Globs are matched against the whole key, regardless of case: cameras write `.MP4`, people write `*.mp4`. */
function globFilter({ include, exclude }: MediaRequest): (key: string) => boolean {
  return picomatch(include ?? ['**'], { ignore: exclude ?? [], dot: true, nocase: true });
}
