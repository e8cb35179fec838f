import { attemptRecordsKey } from '../../shared/domain/keys.ts';
import { type PlannedRecord, parsePlannedRecord } from '../../shared/domain/plan/plan.ts';
import { packRecords } from '../pack/pack-records.ts';
import { listWriter } from '../select/list-writer.ts';
import type { AttemptContext } from './attempt-context.ts';

/** The list of an attempt's records, and how they are packed into jobs. */
export type RecordsList = ReturnType<typeof recordsList>;

/**
 * Begins the list of an attempt's records. They are packed while they are written, so memory does not grow with them.
 */
export function recordsList(context: AttemptContext) {
  const { runId, attempt, store, prefixes, planner } = context;
  const key = attemptRecordsKey(prefixes, runId, attempt, planner);
  const { write, complete, abandon } = listWriter(store, key);
  const { add, ...packed } = packRecords(context);
  return {
    key,
    ...packed,
    complete,
    abandon,

    async writeAll(records: AsyncIterable<PlannedRecord>): Promise<void> {
      for await (const record of records) await writeOne(record, JSON.stringify(record));
    },

    /** Writes the records of another list. */
    async copyFrom(otherKey: string): Promise<void> {
      for await (const line of store.readLines(otherKey)) await writeOne(parsePlannedRecord(line), line);
    },
  };

  function writeOne(record: PlannedRecord, line: string): Promise<void> {
    add(record, line);
    return write(line);
  }
}
