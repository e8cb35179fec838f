import { pMapIterable } from 'p-map';

/** Writes at the same time: each is small, so most of the time is waiting for S3 or DynamoDB. */
export const concurrentWrites = 32;

/**
 * Works through items in parallel until they end or the turn's time is up. Items of earlier turns are passed again,
 * marked as such. Results are handled one by one, in the order of the items.
 *
 * @returns the number of items that are done, including those of earlier turns
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
