import { type PlannedRecord, parsePlannedRecord } from '../plan/plan.ts';
import type { MediaStore } from '../ports/media-store.ts';
import { type UnsentRecord, unsentRecordSchema } from '../record/ledger.ts';
import type { Job } from './job.ts';

/** Where the records of a job are listed: its piece of the attempt's list. */
type ListedPiece = Pick<Job, 'recordsKey' | 'recordsOffset' | 'recordsBytes'>;
export type ListedJob = ListedPiece & Pick<Job, 'jobName' | 'records' | 'prepared'>;

/** A record of a job with its number in it, from 1. */
export interface NumberedRecord extends PlannedRecord {
  number: number;
}

/** The records that the plan gives a job, in order; `after` leaves out so many of the first. */
export async function* recordsOf(
  job: ListedPiece,
  store: Pick<MediaStore, 'readLineBatches'>,
  after = 0,
): AsyncGenerator<NumberedRecord> {
  for await (const records of recordBatchesOf(job, store, after)) for (const record of records) yield record;
}

/** The same records many at a time, for whoever does little with each. */
export async function* recordBatchesOf(
  job: ListedPiece,
  store: Pick<MediaStore, 'readLineBatches'>,
  after = 0,
): AsyncGenerator<NumberedRecord[]> {
  let number = 0;
  for await (const lines of lineBatchesOf(job, store)) {
    const records: NumberedRecord[] = [];
    for (const line of lines) {
      number += 1;
      if (number > after) records.push(Object.assign(parsePlannedRecord(line), { number }));
    }
    yield records;
  }
}

/** The records of a job that are not sent, by their number, out of the lists of all turns of `Prepare job`. */
export async function readUnsent(
  unsentKeys: readonly string[],
  store: Pick<MediaStore, 'readLines'>,
): Promise<ReadonlyMap<number, UnsentRecord>> {
  const unsent = new Map<number, UnsentRecord>();
  for (const key of unsentKeys) {
    for await (const line of store.readLines(key)) {
      const record = unsentRecordSchema.parse(JSON.parse(line));
      unsent.set(record.number, record);
    }
  }
  return unsent;
}

/** The records of a job by their numbers, from 1: what was planned, and which of them were not sent. */
export interface ListedRecords {
  count: number;
  planned(number: number): PlannedRecord;
  unsent: ReadonlyMap<number, UnsentRecord>;
}

/**
 * Reads all records of a job. They are kept as lines, because as objects 100,000 of them would need several times the memory.
 *
 * @throws when there are more or fewer of them than were planned
 */
export async function readListedRecords(
  job: ListedJob,
  store: Pick<MediaStore, 'readLines' | 'readLineBatches'>,
): Promise<ListedRecords> {
  const lines: string[] = [];
  for await (const batch of lineBatchesOf(job, store)) {
    for (const line of batch) lines.push(withoutBody(line));
  }
  if (lines.length !== job.records) {
    throw new RangeError(
      `Job ${job.jobName} has ${lines.length} records in ${job.recordsKey}, expected ${job.records}.`,
    );
  }
  return {
    count: lines.length,
    planned: (number) => parsePlannedRecord(lines[number - 1] ?? 'null'),
    unsent: await readUnsent(job.prepared?.unsentKeys ?? [], store),
  };
}

/** What became of a prebuilt record is known without its body, and 100,000 bodies would not fit into memory. */
function withoutBody(line: string): string {
  if (!line.includes('"prebuilt":')) return line;
  const record = parsePlannedRecord(line);
  return JSON.stringify({ ...record, prebuilt: record.prebuilt && { modelInput: {} } });
}

function lineBatchesOf(
  { recordsKey, recordsOffset: offset, recordsBytes: bytes }: ListedPiece,
  store: Pick<MediaStore, 'readLineBatches'>,
) {
  return store.readLineBatches(recordsKey, { offset, bytes });
}
