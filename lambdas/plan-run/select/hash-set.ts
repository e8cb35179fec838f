import { hash } from 'node:crypto';
import { RequestRefused } from '../../shared/domain/errors/errors.ts';

/** 134 MB of hashes: what is left of a function's memory then is enough for the rest of a plan. */
const maxTexts = 10_000_000;

/** The fullest that the table may be: beyond, looking something up takes ever longer. */
const maxLoad = 0.6;

/** A set of texts that keeps 8 bytes of each. */
export type HashSet = ReturnType<typeof hashSet>;

/**
 * An empty set of texts, known by 64 bits of their hash: among ten million, two different ones are taken for the same with a
 * chance of 1 to 300,000. Open addressing with linear probing: https://en.wikipedia.org/wiki/Linear_probing
 *
 * @param what is counted, for the refusal: `rows of a manifest`
 */
export function hashSet(what: string) {
  let slots = new BigUint64Array(1024);
  let size = 0;

  return {
    /**
     * Adds a text; false where it is in the set already.
     *
     * @throws {RequestRefused} for more than ten million
     */
    add(text: string): boolean {
      // 0 marks an empty slot.
      const id = hash('sha256', text, 'buffer').readBigUInt64LE() || 1n;
      if (size + 1 > slots.length * maxLoad) grow();
      const slot = slotOf(id, slots);
      if (slots[slot] === id) return false;
      slots[slot] = id;
      size += 1;
      return true;
    },
  };

  function grow(): void {
    if (size >= maxTexts) {
      throw new RequestRefused(
        `The request has more than ${size} ${what}; expected at most about ${maxTexts}: divide it into several requests.`,
      );
    }
    const larger = new BigUint64Array(slots.length * 2);
    for (const id of slots) if (id !== 0n) larger[slotOf(id, larger)] = id;
    slots = larger;
  }
}

/** Where an ID is, or would be put. */
function slotOf(id: bigint, slots: BigUint64Array): number {
  const mask = slots.length - 1;
  let slot = Number(id & 0xffff_ffffn) & mask;
  while (slots[slot] !== 0n && slots[slot] !== id) slot = (slot + 1) & mask;
  return slot;
}
