import { expect, it } from 'vitest';
import { mapAllSettled } from '../../../lambdas/prepare-job/map-all-settled.ts';

it('gives the results in the order of the items', async () => {
  expect(await mapAllSettled([3, 1, 2], async (item) => item * 2)).toEqual([6, 2, 4]);
});

it('ends only when everything has, and then with the first error as it was thrown', async () => {
  const first = new RangeError('first');
  const slow = Promise.withResolvers<void>();
  const done: number[] = [];

  const working = mapAllSettled([1, 2, 3], async (item) => {
    if (item === 1) throw first;
    await slow.promise;
    if (item === 2) throw new RangeError('second');
    done.push(item);
  });
  const isOver = await Promise.race([
    working.catch(() => true),
    new Promise((resolve) => setImmediate(resolve, false)),
  ]);
  slow.resolve();

  expect(isOver).toBe(false);
  await expect(working).rejects.toBe(first);
  expect(done).toEqual([3]);
});
