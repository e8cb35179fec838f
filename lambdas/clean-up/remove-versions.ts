import type { ObjectVersion } from '../shared/aws/s3/object-versions.ts';
import { maxKeysPerDelete } from '../shared/domain/limits.ts';
import { unknownMs } from './ages.ts';
import type { Cleaning, Stage } from './cleaning.ts';
import { ownPrefixes, prefixesAfter } from './own-prefixes.ts';

/**
 * Removes hidden versions of our own keys in a versioned bucket: old noncurrent versions, and delete markers that hide
 * nothing. It never removes versions of results or media.
 */
export const removeVersions: Stage = async (from, cleaning) => {
  const { versions, now, isTimeUp } = cleaning;
  if (!(await versions.isVersioned())) return undefined;
  let last = from;
  let batch: ObjectVersion[] = [];
  for (const { place, after } of prefixesAfter(from, ownPrefixes(cleaning))) {
    for await (const ofKey of versions.listVersions(place.prefix, after || undefined)) {
      if (isTimeUp()) {
        await removeAll(batch, cleaning);
        return last;
      }
      const [{ key } = { key: last }] = ofKey;
      last = key;
      const old = place.isOurs(key) ? hiddenSince(ofKey, now() - unknownMs) : [];
      if (old.length === 0 || (await place.isLive(key))) continue;
      batch = await removeFull([...batch, ...old], cleaning);
    }
  }
  await removeAll(batch, cleaning);
  return undefined;
};

/**
 * Returns the versions of a key (newest first) that a newer one hid before a time, and the delete marker if it is all
 * that is left since then. A marker that still hides a version stays, because removing it first would bring that back.
 */
export function hiddenSince(ofKey: readonly ObjectVersion[], beforeMs: number): ObjectVersion[] {
  const isOld = ({ lastModified }: ObjectVersion) => lastModified.getTime() < beforeMs;
  return ofKey.filter((version, at) => {
    if (version.isLatest) return version.isMarker && ofKey.length === 1 && isOld(version);
    const next = ofKey[at - 1];
    return next !== undefined && isOld(next);
  });
}

async function removeFull(versions: readonly ObjectVersion[], cleaning: Cleaning): Promise<ObjectVersion[]> {
  const whole = versions.length - (versions.length % maxKeysPerDelete);
  await removeAll(versions.slice(0, whole), cleaning);
  return versions.slice(whole);
}

async function removeAll(all: readonly ObjectVersion[], { versions, dryRun, tell }: Cleaning): Promise<void> {
  for (let at = 0; at < all.length; at += maxKeysPerDelete) {
    const batch = all.slice(at, at + maxKeysPerDelete);
    tell('versions', batch.length, dryRun ? [] : await versions.deleteVersions(batch));
  }
}
