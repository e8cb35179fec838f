import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type CleanUpCheckpoint, cleanUpCheckpointSchema } from '../../domain/clean-up.ts';
import { tableItems } from './table-items.ts';

const keyOf = (bucket: string) => ({ pk: `CLEAN-UP#${bucket}`, sk: 'CLEAN-UP' });

/** The verbs that the clean-up uses on what is left of it for the next night. */
export type CleanUpCheckpoints = ReturnType<typeof cleanUpCheckpoints>;

/** Where the next night's clean-up of a bucket goes on, in the table. */
export function cleanUpCheckpoints(client: DynamoDBClient, tableName: string) {
  const { read, put } = tableItems(client, tableName);
  return {
    /** Undefined where the last one was complete. */
    async readCheckpoint(bucket: string): Promise<CleanUpCheckpoint | undefined> {
      return cleanUpCheckpointSchema.optional().parse((await read(keyOf(bucket)))?.checkpoint);
    },

    async writeCheckpoint(bucket: string, checkpoint: CleanUpCheckpoint | undefined): Promise<void> {
      await put({ ...keyOf(bucket), checkpoint }, {});
    },
  };
}
