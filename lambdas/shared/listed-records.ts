import type { Job } from './jobs.ts';
import { type UnsentRecord, unsentRecordSchema } from './ledger.ts';
import type { MediaStore } from './media-store.ts';
import { type PlannedRecord, plannedRecordSchema } from './plan.ts';

/** Where the records of a job are listed. */
export type ListedJob = Pick<Job, 'jobName' | 'records' | 'recordsKey' | 'recordsOffset' | 'recordsBytes' | 'prepared'>;

/** The records of a job by their numbers, from 1: what was planned, and which of them were not sent. */
export interface ListedRecords {
  count: number;
  planned(number: number): PlannedRecord;
  unsent: ReadonlyMap<number, UnsentRecord>;
}

/**
 * Reads the records of a job. They are kept as lines, because as objects 100,000 of them would need several times the memory.
 *
 * @throws when there are more or fewer of them than were planned
 */
export async function readListedRecords(
  { jobName, records, recordsKey, recordsOffset: offset, recordsBytes: bytes, prepared }: ListedJob,
  store: Pick<MediaStore, 'readLines'>,
): Promise<ListedRecords> {
  const lines: string[] = [];
  for await (const line of store.readLines(recordsKey, { offset, bytes })) lines.push(line);
  if (lines.length !== records) {
    throw new RangeError(`Job ${jobName} has ${lines.length} records in ${recordsKey}, expected ${records}.`);
  }
  const unsent = new Map<number, UnsentRecord>();
  for (const key of prepared?.unsentKeys ?? []) {
    for await (const line of store.readLines(key)) {
      const record = unsentRecordSchema.parse(JSON.parse(line));
      unsent.set(record.number, record);
    }
  }
  return {
    count: lines.length,
    planned: (number) => plannedRecordSchema.parse(JSON.parse(lines[number - 1] ?? 'null')),
    unsent,
  };
}
