import { pMapIterable } from 'p-map';

/**
 * The most turns that collecting one job may take. A turn writes for about 12 minutes, and 100,000 results fit into two even
 * at 100 a second, so this is room enough and still an end.
 */
export const maxCollectTurns = 60;

/** Time kept back at the end of a turn, for what is in flight and for the answer, in milliseconds. */
export const turnReserveMs = 60_000;

/** Writes under way at a time: each is small, so the wait for S3 or DynamoDB is what takes time. */
export const concurrentWrites = 32;

/** How far a turn came with a piece of work. */
export interface Progress {
  done: number;
  /** The turn's time was up before the end of the work. */
  wasCut: boolean;
}

/**
 * Works through items side by side until they end or the turn's time is up. Items that earlier turns dealt with are handed out
 * once more, marked, without asking for the time. What comes of each is taken in the order of the items, one after the other.
 */
export async function workThrough<Item, Result>(
  items: AsyncIterable<Item> | Iterable<Item>,
  { earlier, isTimeUp }: { earlier: number; isTimeUp(): boolean },
  work: (item: Item, isDone: boolean) => Promise<Result>,
  take?: (result: Result, number: number) => Promise<void>,
): Promise<Progress> {
  const progress = { done: 0, wasCut: false };
  const results = pMapIterable(upToNow(), ({ item, isDone }) => work(item, isDone), { concurrency: concurrentWrites });
  for await (const result of results) {
    progress.done += 1;
    await take?.(result, progress.done);
  }
  return progress;

  async function* upToNow(): AsyncGenerator<{ item: Item; isDone: boolean }> {
    let number = 0;
    for await (const item of items) {
      number += 1;
      const isDone = number <= earlier;
      if (!isDone && isTimeUp()) {
        progress.wasCut = true;
        return;
      }
      yield { item, isDone };
    }
  }
}
