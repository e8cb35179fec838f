import { hash } from 'node:crypto';

/** What a seed decides: always the same for the same words, whatever else happens and in whatever order. */
export type Chance = ReturnType<typeof chanceOf>;

/** The decisions of a seed; `words` say about what. */
export function chanceOf(seed: number) {
  /** From 0 up to 1. */
  const number = (...words: (string | number)[]): number =>
    Number.parseInt(hash('sha1', `${seed}\n${words.join('\n')}`).slice(0, 12), 16) / 2 ** 48;
  /** A whole number from `least` to `most`. */
  const between = (least: number, most: number, ...words: (string | number)[]): number =>
    least + Math.floor(number(...words) * (most - least + 1));
  return {
    number,
    between,
    /** True with this probability. */
    happens: (probability: number, ...words: (string | number)[]): boolean => number(...words) < probability,
    /** One of several. */
    pick<T>(from: readonly [T, ...T[]], ...words: (string | number)[]): T {
      return from[between(0, from.length - 1, ...words)] ?? from[0];
    },
  };
}
