import picomatch from 'picomatch';
import { isOwnKey } from '../../shared/domain/keys.ts';
import type { MediaBatchRequest } from '../../shared/domain/request/request.ts';
import { keyIn } from './key-in-uri.ts';
import { selectFromManifest } from './manifest/select-manifest.ts';
import { selectKeys } from './select-keys.ts';
import { selectUnderPrefixes } from './select-prefixes.ts';
import type { SelectFrom, Selection } from './selection.ts';

type MediaRequest = NonNullable<MediaBatchRequest['media']>;

/**
 * Selects the media of a request in an order that never changes: under the prefixes and through the globs, then the
 * named keys, then the rows of the manifest.
 *
 * Objects that are no media, empty or archived are skipped under a prefix or in a manifest, and refused as a named key.
 * Media that no analysis is for are skipped. Media that Bedrock does not take refuse the request.
 *
 * @throws {RequestRefused} naming the first object that cannot work, or a prefix or manifest without media
 */
export async function* selectMedia(request: MediaRequest, from: SelectFrom): AsyncGenerator<Selection> {
  const { own, store, turn } = from;
  const prefixes = (request.prefixes ?? []).map((prefix) => keyIn(prefix, store.bucket, 'media.prefixes'));
  const keys = (request.keys ?? []).map((key) => keyIn(key, store.bucket, 'media.keys'));
  const isWanted = globFilter(request);
  const isUnderPrefix = (key: string) =>
    prefixes.some((prefix) => key.startsWith(prefix)) && isWanted(key) && !isOwnKey(own, key);

  yield* selectUnderPrefixes([...new Set(prefixes)], isWanted, from);
  if (!turn.isUnfinished()) yield* selectKeys(keys, isUnderPrefix, from);
  if (turn.isUnfinished() || request.manifest === undefined) return;
  const named = new Set(keys);
  yield* selectFromManifest(request.manifest, (key) => named.has(key) || isUnderPrefix(key), from);
}

/** Globs are matched against the whole key, regardless of case: cameras write `.MP4`, people write `*.mp4`. */
function globFilter({ include, exclude }: MediaRequest): (key: string) => boolean {
  return picomatch(include ?? ['**'], { ignore: exclude ?? [], dot: true, nocase: true });
}
