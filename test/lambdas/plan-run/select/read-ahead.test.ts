import { expect, it } from 'vitest';
import { readAhead } from '../../../../lambdas/plan-run/select/read-ahead.ts';
import { allOf } from '../../../support/all-of.ts';

async function* numbers(taken: number[], end = 1000): AsyncGenerator<number> {
  for (let at = 0; at < end; at++) {
    taken.push(at);
    yield at;
  }
}

const settled = () => new Promise(setImmediate);

it('reads before anybody takes, only as far as it may, and gives everything in its order', async () => {
  const taken: number[] = [];
  const ahead = readAhead(numbers(taken), 10);
  await settled();

  expect(taken.length).toBeGreaterThan(5);
  expect(taken.length).toBeLessThan(20);
  expect((await allOf(ahead)).flat()).toEqual(Array.from({ length: 1000 }, (_, at) => at));
});

it('throws what went wrong to whoever takes, however late that is', async () => {
  async function* broken(): AsyncGenerator<number> {
    yield 1;
    throw new RangeError('no such bucket');
  }
  const ahead = readAhead(broken(), 10);
  await settled();

  await expect(allOf(ahead)).rejects.toThrow('no such bucket');
});

it('ends its source when it is given up', async () => {
  const ended = Promise.withResolvers<void>();
  async function* source(): AsyncGenerator<number> {
    try {
      for (let at = 0; ; at++) yield at;
    } finally {
      ended.resolve();
    }
  }
  const ahead = readAhead(source(), 10);
  for await (const taken of ahead) if (taken.includes(3)) break;

  await ended.promise;
});
