import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type CleanUpCursor, cleanUpCursorSchema } from '../../domain/clean-up.ts';
import { tableItems } from './table-items.ts';

const keyOf = (bucket: string) => ({ pk: `CLEAN-UP#${bucket}`, sk: 'CLEAN-UP' });

/** The verbs that the clean-up uses on what is left of it for the next night. */
export type CleanUpProgress = ReturnType<typeof cleanUpProgress>;

/** Where the clean-up of a bucket stopped for lack of time, in the table. */
export function cleanUpProgress(client: DynamoDBClient, tableName: string) {
  const { read, put } = tableItems(client, tableName);
  return {
    /** Undefined where the last one came to its end; a place that this version does not know is none. */
    async readNext(bucket: string): Promise<CleanUpCursor | undefined> {
      return cleanUpCursorSchema.safeParse((await read(keyOf(bucket)))?.next).data;
    },

    async writeNext(bucket: string, next: CleanUpCursor | undefined): Promise<void> {
      await put({ ...keyOf(bucket), next }, {});
    },
  };
}
