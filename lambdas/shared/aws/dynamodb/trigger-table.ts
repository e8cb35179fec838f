import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { expiryOf } from '../../domain/expiry.ts';
import { tableItems } from './table-items.ts';

/** What starts runs by itself, of which only one runs at a time. */
export type TriggerName = 'uploads' | 'nightly';

/** Media that were uploaded and that no run was started for, and the run that was started last. Times are ISO 8601. */
const triggerSchema = z.object({
  /** When the first and the last of the waiting uploads came; absent where none waits. */
  firstAt: z.iso.datetime().optional(),
  lastAt: z.iso.datetime().optional(),
  /** The run that was started last. */
  runId: z.string().optional(),
  /** False until its execution was started for certain. */
  started: z.boolean().optional(),
});
export type Trigger = z.infer<typeof triggerSchema>;

/** Waiting uploads. */
export interface Waiting {
  firstAt: string;
  lastAt: string;
}

const triggerKey = (name: TriggerName) => ({ pk: `TRIGGER#${name}`, sk: 'TRIGGER' });
const requestKey = (runId: string) => ({ pk: `RUN#${runId}`, sk: 'REQUEST' });
const fileKey = (key: string) => ({ pk: `REQUEST#${key}`, sk: 'REQUEST' });
/** S3 compares sequencers of one key as text, the shorter one filled up with zeros: https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html */
const sequencerLength = 64;

/** The verbs that the triggers use on the table. */
export type TriggerTable = ReturnType<typeof triggerTable>;

/** What started runs by itself, in the table; every change is one conditional write. */
export function triggerTable(client: DynamoDBClient, tableName: string, now: () => number) {
  const { change, put, read } = tableItems(client, tableName);

  return {
    async readTrigger(name: TriggerName): Promise<Trigger> {
      return triggerSchema.parse((await read(triggerKey(name))) ?? {});
    },

    /** Writes down that media were uploaded now. */
    async addUpload(): Promise<void> {
      await change(triggerKey('uploads'), {
        UpdateExpression: 'SET lastAt = :now, firstAt = if_not_exists(firstAt, :now)',
        ExpressionAttributeValues: { ':now': new Date(now()).toISOString() },
      });
    },

    /** Makes a run of the uploads that wait, before it is started; false where another has, or more came meanwhile. */
    takeUploads: ({ firstAt, lastAt }: Waiting, runId: string): Promise<boolean> =>
      change(triggerKey('uploads'), {
        UpdateExpression: 'SET runId = :runId, started = :no REMOVE firstAt, lastAt',
        ConditionExpression: 'firstAt = :first AND lastAt = :last',
        ExpressionAttributeValues: { ':runId': runId, ':no': false, ':first': firstAt, ':last': lastAt },
      }),

    /** Writes down that the run of uploads that were taken was started. */
    async setStarted(runId: string): Promise<void> {
      await change(triggerKey('uploads'), {
        UpdateExpression: 'SET started = :yes',
        ConditionExpression: 'runId = :runId',
        ExpressionAttributeValues: { ':runId': runId, ':yes': true },
      });
    },

    /** Writes down which run was started last. */
    async setLast(name: TriggerName, runId: string): Promise<void> {
      await put({ ...triggerKey(name), runId }, {});
    },

    /** Writes down which upload of a request a run is started with, and that it is the latest, unless a later one is known. */
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

    /** The run of the latest upload of a request. */
    async getLatestRunOf(key: string): Promise<string | undefined> {
      const item = await read(fileKey(key));
      return item && z.object({ runId: z.string() }).parse(item).runId;
    },

    /** The key of the uploaded request of a run; undefined where it was started otherwise. */
    async getRequestOf(runId: string): Promise<string | undefined> {
      const item = await read(requestKey(runId));
      return item && z.object({ key: z.string() }).parse(item).key;
    },
  };
}
