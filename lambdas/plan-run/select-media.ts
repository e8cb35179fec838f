import picomatch from 'picomatch';
import { RequestRefused } from '../shared/errors.ts';
import { isOwnKey, type KeyPrefixes } from '../shared/keys.ts';
import { maxKeyBytes } from '../shared/limits.ts';
import { keyBytes, type MediaKind } from '../shared/media.ts';
import type { MediaStore } from '../shared/media-store.ts';
import type { MediaBatchRequest } from '../shared/request.ts';
import { expectedMedia, type JudgedFor, judgeMedia, type Verdict } from './judge-media.ts';

/** A media object to analyse. */
export interface Media {
  key: string;
  kind: MediaKind;
  etag: string;
  bytes: number;
}

/** One object that a request reaches: media, or left out with the reason. */
export type Selection = { media: Media } | { key: string; skipped: string };

type MediaRequest = MediaBatchRequest['media'];
type Store = Pick<MediaStore, 'bucket' | 'listObjects' | 'headObject'>;

/** Where media are looked for, and for what. */
export interface SelectFrom {
  store: Store;
  own: KeyPrefixes;
  /** Kinds of media that at least one analysis of the request is for. */
  kinds: readonly MediaKind[];
}

/**
 * The media of a request, each key once: everything under the prefixes that the globs let through, and the named keys. What
 * is no media, empty or archived is skipped under a prefix and refused where it was named; media that no analysis is for are
 * skipped wherever they are; media that Bedrock could not take refuse the request.
 *
 * @throws {RequestRefused} naming the first object that cannot work, or a prefix without media
 */
export async function* selectMedia(request: MediaRequest, from: SelectFrom): AsyncGenerator<Selection> {
  const { bucket } = from.store;
  const prefixes = unique((request.prefixes ?? []).map((prefix) => keyOf(prefix, bucket, 'media.prefixes')));
  const keys = unique((request.keys ?? []).map((key) => keyOf(key, bucket, 'media.keys')));
  const isWanted = globFilter(request);
  for (const prefix of outermost(prefixes)) {
    const inside = prefixes.filter((other) => other.startsWith(prefix));
    yield* selectUnder(prefix, inside, isWanted, from);
  }
  for (const key of keys) {
    // Looked at even where a prefix gave it already: what was named is there and can be analysed, or the request is refused.
    const selection = await selectNamed(key, from);
    const isGiven = prefixes.some((prefix) => key.startsWith(prefix)) && isWanted(key) && !isOwnKey(from.own, key);
    if (!isGiven) yield selection;
  }
}

/** Lists a prefix once, and refuses the request unless each of the prefixes inside it has media. */
async function* selectUnder(
  prefix: string,
  inside: readonly string[],
  isWanted: (key: string) => boolean,
  { store, own, kinds }: SelectFrom,
): AsyncGenerator<Selection> {
  const judgedFor: JudgedFor = { kinds, wayOut: 'leave it out with "exclude"' };
  const tallies = inside.map((name) => ({ name, listed: 0, wanted: 0, media: 0 }));
  for await (const object of store.listObjects(prefix)) {
    if (isOwnKey(own, object.key)) continue;
    const reached = tallies.filter(({ name }) => object.key.startsWith(name));
    for (const tally of reached) tally.listed += 1;
    if (!isWanted(object.key)) continue;
    for (const tally of reached) tally.wanted += 1;
    const verdict = judgeMedia(object, judgedFor);
    if (verdict.isMedia) for (const tally of reached) tally.media += 1;
    yield selectionOf(object, verdict);
  }
  for (const { name, listed, wanted, media } of tallies) {
    if (media > 0) continue;
    const found =
      listed === 0
        ? 'no object'
        : wanted === 0
          ? `${objects(listed)}, none of which the globs let through,`
          : `${objects(wanted)}, none of them media that can be analysed,`;
    const wayOut =
      listed > 0 && wanted === 0
        ? 'widen "include" or narrow "exclude"'
        : 'check its spelling, keys are case-sensitive';
    throw new RequestRefused(
      `Prefix ${JSON.stringify(name)} of the request has ${found} in bucket ${store.bucket}; expected at least ` +
        `${expectedMedia(kinds)}: ${wayOut}.`,
    );
  }
}

function objects(count: number): string {
  return count === 1 ? '1 object' : `${count} objects`;
}

async function selectNamed(key: string, { store, kinds }: SelectFrom): Promise<Selection> {
  const name = JSON.stringify(key);
  // S3 answers such names with an error of its own instead of a 404.
  const isPossible = key !== '' && keyBytes(key) <= maxKeyBytes;
  const head = isPossible ? await store.headObject(key) : undefined;
  if (head === undefined) {
    throw new RequestRefused(
      `Key ${name} of the request is not in bucket ${store.bucket}; expected an object: check its spelling, keys are ` +
        'case-sensitive.',
    );
  }
  const wayOut = 'take it out of "keys"';
  const object = { key, ...head };
  const verdict = judgeMedia(object, { kinds, wayOut });
  if (verdict.isMedia) return selectionOf(object, verdict);
  throw new RequestRefused(
    `Key ${name} of the request cannot be analysed, it is ${verdict.skipped}; expected ${expectedMedia(kinds)}: ${wayOut}.`,
  );
}

function selectionOf({ key, etag, bytes }: Omit<Media, 'kind'>, verdict: Verdict): Selection {
  return 'kind' in verdict ? { media: { key, kind: verdict.kind, etag, bytes } } : { key, skipped: verdict.skipped };
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
