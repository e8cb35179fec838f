import { RequestRefused } from '../../shared/domain/errors/errors.ts';
import { isOwnKey } from '../../shared/domain/keys.ts';
import type { StoredObject } from '../../shared/domain/ports/media-store.ts';
import type { PrefixCounts } from '../checkpoint.ts';
import { expectedMedia, type JudgedFor, judgeMedia } from './judge-media.ts';
import { readAhead } from './read-ahead.ts';
import { type SelectFrom, type Selection, selectionOf } from './selection.ts';

/** Prefixes that are listed at the same time, and waiting objects of each: two pages. */
const prefixesAtOnce = 8;
const objectsAhead = 2000;

/**
 * Selects the wanted objects under prefixes, in their order and S3's, while the next prefixes are already listed.
 *
 * @throws {RequestRefused} for media that Bedrock could not take, or a prefix without media
 */
export async function* selectUnderPrefixes(
  prefixes: readonly string[],
  isWanted: (key: string) => boolean,
  from: SelectFrom,
): AsyncGenerator<Selection> {
  const { store, turn } = from;
  const { position } = turn;
  const listed = outermost(prefixes);
  const listings = new Map<number, ReturnType<typeof readAhead<StoredObject>>>();
  try {
    while (position.prefixes < listed.length) {
      const { prefixes: at, startAfter } = position;
      for (let next = at; next < Math.min(at + prefixesAtOnce, listed.length); next++) {
        if (listings.has(next)) continue;
        const objects = store.listObjects(listed[next] ?? '', next === at ? startAfter : undefined);
        listings.set(next, readAhead(objects, objectsAhead));
      }
      const listing = listings.get(at);
      if (listing === undefined) return;
      if (position.prefixCounts.length === 0) {
        const inside = prefixes.filter((other) => other.startsWith(listed[at] ?? ''));
        position.prefixCounts = inside.map((name) => ({ name, listed: 0, wanted: 0, media: 0 }));
      }
      yield* selectListed(listing, isWanted, from);
      if (turn.isUnfinished()) return;
      refuseWithoutMedia(position.prefixCounts, from);
      Object.assign(position, { prefixes: at + 1, startAfter: undefined, prefixCounts: [] });
      listings.delete(at);
    }
  } finally {
    for (const listing of listings.values()) listing[Symbol.dispose]();
  }
}

async function* selectListed(
  objects: AsyncIterable<StoredObject[]>,
  isWanted: (key: string) => boolean,
  { own, kinds, isDryRun, turn }: SelectFrom,
): AsyncGenerator<Selection> {
  const judgedFor: JudgedFor = { kinds, isDryRun, remedy: 'leave it out with "exclude"' };
  const { position } = turn;
  for await (const waiting of objects) {
    for (const object of waiting) {
      if (!turn.hasTime()) return;
      position.startAfter = object.key;
      if (isOwnKey(own, object.key)) continue;
      const counts = position.prefixCounts.filter(({ name }) => object.key.startsWith(name));
      for (const each of counts) each.listed += 1;
      if (!isWanted(object.key)) continue;
      for (const each of counts) each.wanted += 1;
      const verdict = judgeMedia(object, judgedFor);
      if (verdict.isMedia) for (const each of counts) each.media += 1;
      yield selectionOf(object, verdict);
    }
  }
}

function refuseWithoutMedia(prefixCounts: readonly PrefixCounts[], { store, kinds }: SelectFrom): void {
  for (const { name, listed, wanted, media } of prefixCounts) {
    if (media > 0) continue;
    const found =
      listed === 0
        ? 'no object'
        : wanted === 0
          ? `${objects(listed)}, none of which the globs let through,`
          : `${objects(wanted)}, none of them media that can be analysed,`;
    const remedy =
      listed > 0 && wanted === 0
        ? 'widen "include" or narrow "exclude"'
        : 'check its spelling, keys are case-sensitive';
    throw new RequestRefused(
      `Prefix ${JSON.stringify(name)} of the request has ${found} in bucket ${store.bucket}; expected at least ` +
        `${expectedMedia(kinds)}: ${remedy}.`,
    );
  }
}

function objects(count: number): string {
  return count === 1 ? '1 object' : `${count} objects`;
}

/** Removes prefixes that another one contains, so that no object is selected twice. */
function outermost(prefixes: readonly string[]): string[] {
  return prefixes.filter((prefix) => !prefixes.some((other) => other !== prefix && prefix.startsWith(other)));
}
