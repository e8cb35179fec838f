import { expect, it } from 'vitest';
import { outOfTime, timeLimiter } from '../../../../lambdas/shared/text/time-limiter.ts';

const forEver = () => {
  for (;;);
};

it('gives what work comes to in time', () => {
  const withinTime = timeLimiter({ oneMs: 60_000, allMs: 60_000 });

  expect(withinTime(() => ({ answer: 42 }))).toEqual({ answer: 42 });
  expect(withinTime(() => undefined)).toBeUndefined();
});

it('lets errors of the work through as they are', () => {
  const error = new RangeError('Maximum call stack size exceeded');

  expect(() =>
    timeLimiter({ oneMs: 60_000, allMs: 60_000 })(() => {
      throw error;
    }),
  ).toThrow(error);
});

it('cuts off a loop, and a regular expression, that go on for ever', () => {
  const withinTime = timeLimiter({ oneMs: 50, allMs: Number.POSITIVE_INFINITY });

  expect(withinTime(forEver)).toBe(outOfTime);
  expect(withinTime(() => /^(a+)+$/.test(`${'a'.repeat(60)}!`))).toBe(outOfTime);
  // On a busy machine even this may not get its turn within the limit.
  const further = Array.from({ length: 100 }, () => withinTime(() => 'continues'));
  expect(further).toContain('continues');
});

it('begins nothing any more once too much time was lost', () => {
  let time = 0;
  // Long enough to begin on a busy machine, too.
  const withinTime = timeLimiter({ oneMs: 200, allMs: 20 }, () => time);
  const begun: number[] = [];
  for (let number = 1; number <= 4; number++) {
    withinTime(() => {
      begun.push(number);
      time += 10;
      forEver();
    });
  }

  expect(begun).toEqual([1, 2]);
});

it.each([
  ['slow work, though it came to its end, or 100,000 such pieces would take hours', 10, 2],
  ['nothing that is quick, however much there is of it', 2, 100],
])('counts as lost %s', (_, ms, expected) => {
  let time = 0;
  const withinTime = timeLimiter({ oneMs: 60_000, allMs: 20 }, () => time);
  let begun = 0;
  for (let number = 1; number <= 100; number++) {
    withinTime(() => {
      begun += 1;
      time += ms;
    });
  }

  expect(begun).toBe(expected);
});
