import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type CleanUpCheckpoint, cleanUpCheckpointSchema } from '../../domain/clean-up.ts';
import { tableItems } from './table-items.ts';

const keyOf = (bucket: string) => ({ pk: `CLEAN-UP#${bucket}`, sk: 'CLEAN-UP' });

/** Reads and writes the checkpoints of clean-ups. */
export type CleanUpCheckpoints = ReturnType<typeof cleanUpCheckpoints>;

/** The checkpoints of unfinished clean-ups in the table. */
export function cleanUpCheckpoints(client: DynamoDBClient, tableName: string) {
  const { read, put } = tableItems(client, tableName);
  return {
    /** Returns the checkpoint of a bucket; undefined if its last clean-up was complete. */
    async readCheckpoint(bucket: string): Promise<CleanUpCheckpoint | undefined> {
      return cleanUpCheckpointSchema.optional().parse((await read(keyOf(bucket)))?.checkpoint);
    },

    async writeCheckpoint(bucket: string, checkpoint: CleanUpCheckpoint | undefined): Promise<void> {
      await put({ ...keyOf(bucket), checkpoint }, {});
    },
  };
}
