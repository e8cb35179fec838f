import { hash } from 'node:crypto';
import { RequestRefused } from '../../shared/domain/errors/errors.ts';

/** 350 MiB, a third of the function's memory; V8 doubles the table of a set at 2^22 texts. */
const maxKnown = 4_000_000;

/** Characters of a hash that are kept, 66 bits: two of four million texts collide with a chance of 1 in 9 million. */
const keptCharacters = 11;

/** A set of texts that keeps a hash of each. */
export type HashSet = ReturnType<typeof hashSet>;

/**
 * Makes an empty set of texts.
 *
 * @param what is counted, for the refusal: `rows of a manifest`
 */
export function hashSet(what: string, maxTexts = maxKnown) {
  const known = new Set<string>();
  return {
    /**
     * Adds a text; false where the set has it.
     *
     * @throws {RequestRefused} for too many
     */
    add(text: string): boolean {
      const kept = hash('sha256', text, 'base64').slice(0, keptCharacters);
      if (known.has(kept)) return false;
      if (known.size === maxTexts) {
        throw new RequestRefused(
          `The request has more than ${maxTexts} ${what}, the most of a run: divide it into several requests.`,
        );
      }
      known.add(kept);
      return true;
    },
  };
}
