import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { tableItems } from './table-items.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** Days for which it is remembered which file a run came from: longer than the longest run takes. */
const keptDays = 400;

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

    /** Writes down which uploaded request a run is started with. */
    async setRequestOf(runId: string, key: string): Promise<void> {
      await put({ ...requestKey(runId), key, expiresAt: Math.floor((now() + keptDays * dayMs) / 1000) }, {});
    },

    /** The key of the uploaded request of a run; undefined where it was started otherwise. */
    async getRequestOf(runId: string): Promise<string | undefined> {
      const item = await read(requestKey(runId));
      return item && z.object({ key: z.string() }).parse(item).key;
    },
  };
}
