import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { expiryOf } from '../../domain/expiry.ts';
import { formatVersion } from '../../domain/format-version.ts';
import { tableItems } from './table-items.ts';

/** The triggers that start runs; each runs one at a time. */
export type TriggerName = 'uploads' | 'nightly';

/** The waiting uploads and the last run of a trigger. Times are ISO 8601. */
const triggerSchema = z.object({
  /** The times of the first and last waiting upload; absent if none waits. */
  firstAt: z.iso.datetime().optional(),
  lastAt: z.iso.datetime().optional(),
  runId: z.string().optional(),
  /** False until its execution is known to be started. */
  started: z.boolean().optional(),
});
export type Trigger = z.infer<typeof triggerSchema>;

/** The times of the waiting uploads. */
export interface Waiting {
  firstAt: string;
  lastAt: string;
}

const triggerKey = (name: TriggerName) => ({ pk: `TRIGGER#${name}`, sk: 'TRIGGER' });
const requestKey = (runId: string) => ({ pk: `RUN#${runId}`, sk: 'REQUEST' });
const fileKey = (key: string) => ({ pk: `REQUEST#${key}`, sk: 'REQUEST' });

/**
 * S3 compares sequencers of one key as text, the shorter one padded with zeros:
 * https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
 */
const sequencerLength = 64;

/** Reads and writes the state of the triggers. */
export type TriggerTable = ReturnType<typeof triggerTable>;

/** The triggers in the table; every change is one conditional write. */
export function triggerTable(client: DynamoDBClient, tableName: string, now: () => number) {
  const { change, put, read } = tableItems(client, tableName);

  return {
    async readTrigger(name: TriggerName): Promise<Trigger> {
      return triggerSchema.parse((await read(triggerKey(name))) ?? {});
    },

    /** Records an upload of media at the current time. */
    async addUpload(): Promise<void> {
      await change(triggerKey('uploads'), {
        UpdateExpression:
          'SET lastAt = :now, firstAt = if_not_exists(firstAt, :now), formatVersion = if_not_exists(formatVersion, :v)',
        ExpressionAttributeValues: { ':now': new Date(now()).toISOString(), ':v': formatVersion },
      });
    },

    /** Assigns the waiting uploads to a run before it starts; false if they were assigned or more came meanwhile. */
    takeUploads: ({ firstAt, lastAt }: Waiting, runId: string): Promise<boolean> =>
      change(triggerKey('uploads'), {
        UpdateExpression: 'SET runId = :runId, started = :no REMOVE firstAt, lastAt',
        ConditionExpression: 'firstAt = :first AND lastAt = :last',
        ExpressionAttributeValues: { ':runId': runId, ':no': false, ':first': firstAt, ':last': lastAt },
      }),

    /** Records that the run of the assigned uploads was started. */
    async setStarted(runId: string): Promise<void> {
      await change(triggerKey('uploads'), {
        UpdateExpression: 'SET started = :yes',
        ConditionExpression: 'runId = :runId',
        ExpressionAttributeValues: { ':runId': runId, ':yes': true },
      });
    },

    /** Records the last run of a trigger. */
    async setLast(name: TriggerName, runId: string): Promise<void> {
      await put({ ...triggerKey(name), runId }, {});
    },

    /** Records which upload of a request started a run, and that it is the latest unless a later one is known. */
    async setRequestOf(runId: string, { key, sequencer }: { key: string; sequencer: string }): Promise<void> {
      const expiresAt = expiryOf('request', now());
      const order = sequencer.padEnd(sequencerLength, '0');
      await put(
        { ...fileKey(key), runId, order, expiresAt },
        {
          ConditionExpression: 'attribute_not_exists(pk) OR #order <= :order',
          ExpressionAttributeNames: { '#order': 'order' },
          ExpressionAttributeValues: { ':order': order },
        },
      );
      await put({ ...requestKey(runId), key, expiresAt }, {});
    },

    /** Returns the run of the latest upload of a request. */
    async getLatestRunOf(key: string): Promise<string | undefined> {
      const item = await read(fileKey(key));
      return item && z.object({ runId: z.string() }).parse(item).runId;
    },

    /** Returns the key of the uploaded request of a run; undefined if no upload started it. */
    async getRequestOf(runId: string): Promise<string | undefined> {
      const item = await read(requestKey(runId));
      return item && z.object({ key: z.string() }).parse(item).key;
    },
  };
}
