import { expect, it } from 'vitest';
import { durationText, namesText } from '../../../../lambdas/shared/text/amounts.ts';

it.each([
  [0, '0 s'],
  [59_400, '59 s'],
  [59_600, '1 min'],
  [3_599_000, '59 min 59 s'],
  [3_600_000, '1 h'],
  [3_659_000, '1 h'],
  [3_660_000, '1 h 1 min'],
  [90_061_000, '1 d 1 h'],
])('says %i milliseconds as %s', (milliseconds, text) => {
  expect(durationText(milliseconds)).toBe(text);
});

it.each([
  [[], ''],
  [['a'], 'a'],
  [['a', 'b'], 'a, b'],
  [['a', 'b', 'c'], 'a, b and 1 more'],
  [Array.from({ length: 1236 }, (_, at) => `k${at}`), 'k0, k1 and 1,234 more'],
])('names at most two of some: %#', (names, text) => {
  expect(namesText(names, 2)).toBe(text);
});
