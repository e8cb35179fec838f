import pMap from 'p-map';

/** Calls to S3 or DynamoDB at the same time; both take far more, and S3 copies a gigabyte by itself. */
const concurrency = 16;

/**
 * Maps items in parallel and returns only when all have settled: a Lambda that returned earlier would leave calls that
 * take effect at any time.
 *
 * @throws the first of the errors
 */
export async function mapAllSettled<Item, Result>(
  items: Iterable<Item>,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  try {
    return await pMap(items, work, { concurrency, stopOnError: false });
  } catch (error) {
    throw error instanceof AggregateError ? error.errors[0] : error;
  }
}
