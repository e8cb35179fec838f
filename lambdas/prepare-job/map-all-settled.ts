import pMap from 'p-map';

/** Calls to S3 or DynamoDB at the same time; either takes far more, and a copy of a gigabyte is S3's work alone. */
const concurrency = 16;

/**
 * Works on many items at the same time, and ends only when all of them have: a Lambda that returns earlier would leave calls
 * behind that take effect at any time.
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
