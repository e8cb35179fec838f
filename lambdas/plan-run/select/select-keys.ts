import { pMapIterable } from 'p-map';
import { RequestRefused } from '../../shared/domain/errors/errors.ts';
import { maxKeyBytes } from '../../shared/domain/limits.ts';
import { keyBytes } from '../../shared/domain/media/media.ts';
import { wouldRefuse } from '../../shared/domain/plan/dry-run.ts';
import type { MediaStore, ObjectHead } from '../../shared/domain/ports/media-store.ts';
import { expectedMedia, judgeMedia } from './judge-media.ts';
import { askedTwice, type SelectFrom, type Selection, selectionOf } from './selection.ts';

/** HeadObject requests at the same time: at about 20 ms each, more than a thousand a second. */
export const headsAtOnce = { concurrency: 32, backpressure: 128 };

/**
 * Selects the keys that a request names, each once.
 *
 * @param isNamedElsewhere whether a prefix of the request has the key too
 * @throws {RequestRefused} for a key that is missing or cannot be analysed
 */
export async function* selectKeys(
  keys: readonly string[],
  isNamedElsewhere: (key: string) => boolean,
  from: SelectFrom,
): AsyncGenerator<Selection> {
  const { store, turn } = from;
  const seen = new Set(keys.slice(0, turn.position.keys));
  const heads = pMapIterable(keysInTime(), async (key) => ({ key, head: await headOf(key, store) }), headsAtOnce);
  for await (const { key, head } of heads) {
    // Checked even where a prefix has it: a named key exists and can be analysed, or the request is refused.
    const selection = judgeNamed(key, head, from);
    const isAgain = seen.has(key) || isNamedElsewhere(key);
    seen.add(key);
    // A missing key is under no prefix.
    if (!isAgain || head === undefined) yield selection;
    else if ('media' in selection) yield { key, reason: askedTwice };
  }

  function* keysInTime(): Generator<string> {
    for (const key of keys.slice(turn.position.keys)) {
      if (!turn.hasTime()) return;
      turn.position.keys += 1;
      yield key;
    }
  }
}

/** Heads a key. For names that no object can have, S3 returns another error than 404, so it is not asked. */
export async function headOf(key: string, store: Pick<MediaStore, 'headObject'>): Promise<ObjectHead | undefined> {
  return key !== '' && keyBytes(key) <= maxKeyBytes ? store.headObject(key) : undefined;
}

function judgeNamed(key: string, head: ObjectHead | undefined, { store, kinds, isDryRun }: SelectFrom): Selection {
  const name = JSON.stringify(key);
  if (head === undefined) {
    if (isDryRun) return { key, reason: wouldRefuse('a key that is not in the bucket') };
    throw new RequestRefused(
      `Key ${name} of the request is not in bucket ${store.bucket}; expected an object: check its spelling, keys are ` +
        'case-sensitive.',
    );
  }
  const remedy = 'take it out of "keys"';
  const object = { key, ...head };
  const verdict = judgeMedia(object, { kinds, remedy, isDryRun });
  if (verdict.isMedia) return selectionOf(object, verdict);
  if (isDryRun) return { key, reason: wouldRefuse(`a key of what is ${verdict.skipped}`) };
  throw new RequestRefused(
    `Key ${name} of the request cannot be analysed, it is ${verdict.skipped}; expected ${expectedMedia(kinds)}: ${remedy}.`,
  );
}
