import { seededRandom as numbersOf } from '../../lib/cli/local/seeded-random.ts';

/** A repeatable source of randomness, so that a failing seed can be named. */
export function seededRandom(seed: number) {
  const next = numbersOf(seed);
  const below = (limit: number) => Math.floor(next() * limit);
  return {
    next,
    /** A whole number from 0 up to `limit` - 1. */
    below,
    shuffled<T>(items: readonly T[]): T[] {
      const shuffled: T[] = [];
      for (const item of items) shuffled.splice(below(shuffled.length + 1), 0, item);
      return shuffled;
    },
  };
}
