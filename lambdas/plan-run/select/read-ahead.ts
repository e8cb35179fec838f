import { setImmediate } from 'node:timers/promises';

/**
 * Reads a source ahead of its consumer, until at least this many items wait, and returns all waiting items at once.
 * Errors are thrown to the consumer.
 */
export function readAhead<Item>(source: AsyncIterable<Item>, items: number): AsyncIterable<Item[]> & Disposable {
  let waiting: Item[] = [];
  let failure: { error: unknown } | undefined;
  let isOver = false;
  let come = Promise.withResolvers<void>();
  let room = Promise.withResolvers<void>();
  void read();

  return {
    async *[Symbol.asyncIterator]() {
      try {
        for (;;) {
          if (waiting.length === 0 && !isOver) await come.promise;
          // Items that came with it, such as the rest of a page, are there after a turn of the event loop.
          await setImmediate();
          const taken = waiting;
          waiting = [];
          come = Promise.withResolvers();
          room.resolve();
          if (taken.length > 0) yield taken;
          else if (failure !== undefined) throw failure.error;
          else if (isOver) return;
        }
      } finally {
        giveUp();
      }
    },
    [Symbol.dispose]: giveUp,
  };

  function giveUp(): void {
    isOver = true;
    room.resolve();
  }

  async function read(): Promise<void> {
    try {
      for await (const item of source) {
        if (isOver) return;
        waiting.push(item);
        if (waiting.length === 1) come.resolve();
        if (waiting.length < items) continue;
        room = Promise.withResolvers();
        await room.promise;
      }
    } catch (error) {
      failure = { error };
    } finally {
      isOver = true;
      come.resolve();
    }
  }
}
