import { pMapIterable } from 'p-map';

/** Writes under way at a time: each is small, so the wait for S3 or DynamoDB is what takes time. */
export const concurrentWrites = 32;

/**
 * Works through items side by side until they end or the turn's time is up. Items of earlier turns are handed out once more,
 * marked, without asking for the time. What comes of each is taken in the order of the items, one after the other.
 *
 * @returns how many items were worked through, earlier turns' among them
 */
export async function workThrough<Item, Result>(
  items: AsyncIterable<Item> | Iterable<Item>,
  { earlier, isTimeUp }: { earlier: number; isTimeUp(): boolean },
  work: (item: Item, isDone: boolean) => Promise<Result>,
  take?: (result: Result, number: number) => Promise<void>,
): Promise<{ count: number; isInterrupted: boolean }> {
  const through = { count: 0, isInterrupted: false };
  const results = pMapIterable(upToNow(), ({ item, isDone }) => work(item, isDone), { concurrency: concurrentWrites });
  for await (const result of results) {
    through.count += 1;
    await take?.(result, through.count);
  }
  return through;

  async function* upToNow(): AsyncGenerator<{ item: Item; isDone: boolean }> {
    let number = 0;
    for await (const item of items) {
      number += 1;
      const isDone = number <= earlier;
      if (!isDone && isTimeUp()) {
        through.isInterrupted = true;
        return;
      }
      yield { item, isDone };
    }
  }
}
