import { describe, expect, it } from 'vitest';
import { listWriter } from '../../../../lambdas/plan-run/select/list-writer.ts';
import type { Lines } from '../../../../lambdas/shared/text/upload-parts.ts';
import { memoryStore } from '../../../support/memory-store.ts';

describe('a list that is written on the way', () => {
  it('has every line in its order once it is complete', async () => {
    const store = memoryStore();
    const writer = listWriter(store, 'list');

    for (let at = 0; at < 1000; at++) await writer.write(String(at));
    expect(store.has('list')).toBe(false);
    await writer.complete();

    expect(store.linesOf('list')).toEqual(Array.from({ length: 1000 }, (_, at) => String(at)));
  });

  it('does not exist without a line', async () => {
    const store = memoryStore();

    await listWriter(store, 'list').complete();

    expect(store.keys()).toEqual([]);
  });

  it.each([0, 1, 1000])('does not exist when it is given up after %i lines', async (lines) => {
    const store = memoryStore();
    const writer = listWriter(store, 'list');

    for (let at = 0; at < lines; at++) await writer.write(String(at));
    await writer.abandon();

    expect(store.keys()).toEqual([]);
  });

  it('can be given up while the lines of an earlier list still come', async () => {
    const store = memoryStore();
    const { promise: gate, resolve: openGate } = Promise.withResolvers<void>();
    async function* readLines(): AsyncGenerator<string> {
      await gate;
      yield 'earlier';
    }
    const writer = listWriter({ ...store, readLines }, 'list', 'earlier list');
    const writing = (async () => {
      for (let at = 0; at < 300; at++) await writer.write(String(at));
    })();
    await new Promise(setImmediate);

    const ends = Promise.allSettled([writing, writer.abandon()]);
    await new Promise(setImmediate);
    openGate();

    expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);

    expect(store.keys()).toEqual([]);
  });

  it('waits for a slow upload instead of holding the lines', async () => {
    let isOpen = false;
    let taken = 0;
    const { promise: gate, resolve: openGate } = Promise.withResolvers<void>();
    const slow = {
      readLines: memoryStore().readLines,
      async writeLines(_: string, lines: Lines): Promise<void> {
        await gate;
        for await (const next of lines) taken += typeof next === 'string' ? 1 : next.length;
      },
    };
    const writer = listWriter(slow, 'list');
    const writing = (async () => {
      for (let at = 0; at < 1000; at++) await writer.write(String(at));
      expect(isOpen).toBe(true);
      await writer.complete();
    })();

    await new Promise(setImmediate);
    isOpen = true;
    openGate();
    await writing;

    expect(taken).toBe(1000);
  });

  it('hands on what the upload failed with', async () => {
    const failing = {
      readLines: memoryStore().readLines,
      writeLines: async () => {
        throw new RangeError('no room');
      },
    };
    const writer = listWriter(failing, 'list');

    const writing = (async () => {
      for (let at = 0; at < 1000; at++) await writer.write(String(at));
      await writer.complete();
    })();

    await expect(writing).rejects.toThrow('no room');
    await writer.abandon();
  });
});
