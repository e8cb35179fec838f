/** A repeatable source of randomness, so that a failing seed can be named. */
export function seededRandom(seed: number) {
  let state = seed >>> 0;
  /** From 0 up to 1, by the mulberry32 generator. */
  function next(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
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
