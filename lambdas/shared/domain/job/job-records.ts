import { type PlannedRecord, parsePlannedRecord } from '../plan/plan.ts';
import type { MediaStore } from '../ports/media-store.ts';
import { type LedgerEntry, ledgerEntrySchema } from '../record/ledger.ts';
import { readRecordId, recordIdOf } from '../record/record.ts';
import type { Job } from './job.ts';

/** A job's piece of the attempt's list of records. */
type ListedPiece = Pick<Job, 'recordsKey' | 'recordsOffset' | 'recordsBytes'>;
export type ListedJob = ListedPiece & Pick<Job, 'jobName' | 'jobHash' | 'records' | 'prepared'>;

/** A record with its number in its job, from 1. */
export interface NumberedRecord extends PlannedRecord {
  number: number;
}

/** Reads the planned records of a job, in order; `after` skips this many at the beginning. */
export async function* recordsOf(
  job: ListedPiece,
  store: Pick<MediaStore, 'readLineBatches'>,
  after = 0,
): AsyncGenerator<NumberedRecord> {
  for await (const records of recordBatchesOf(job, store, after)) for (const record of records) yield record;
}

/** Reads the same records in batches, which is quicker where little is done with each. */
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

/** The fields of a ledger entry that name its record. */
export function entryBaseOf(jobHash: string, number: number, planned: PlannedRecord) {
  const { key, analysis, variant, columns, earlier } = planned;
  return { recordId: recordIdOf(jobHash, number), key, analysis, variant, columns, earlier };
}

/** Why a record is not sent. */
export type NotSent = Pick<LedgerEntry, 'outcome' | 'reason'>;

/** Reads the records of a job that `Prepare job` did not send, by number, from the ledgers of all its turns. */
export async function readNotSent(
  { jobHash }: Pick<Job, 'jobHash'>,
  ledgerKeys: readonly string[],
  store: Pick<MediaStore, 'readLines'>,
): Promise<ReadonlyMap<number, NotSent>> {
  const notSent = new Map<number, NotSent>();
  for (const ledgerKey of ledgerKeys) {
    for await (const line of store.readLines(ledgerKey)) {
      const { recordId = '', outcome, reason } = ledgerEntrySchema.parse(JSON.parse(line));
      const id = readRecordId(jobHash, recordId);
      if (typeof id === 'string') {
        throw new TypeError(`Ledger ${ledgerKey} has record "${recordId}", expected one of ${jobHash}.`);
      }
      notSent.set(id.number, { outcome, reason });
    }
  }
  return notSent;
}

/** The records of a job by number, from 1: as planned, and those that were not sent. */
export interface ListedRecords {
  count: number;
  planned(number: number): PlannedRecord;
  notSent: ReadonlyMap<number, NotSent>;
}

/**
 * Reads all records of a job. They are kept as lines, because 100,000 objects need several times the memory.
 *
 * @throws when the list has more or fewer records than planned
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
    notSent: await readNotSent(job, job.prepared?.ledgerKeys ?? [], store),
  };
}

/** A prebuilt body is not needed here, and 100,000 bodies do not fit into memory. */
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
