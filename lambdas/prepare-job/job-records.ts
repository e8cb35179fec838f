import type { Job } from '../shared/jobs.ts';
import { unsentRecordSchema } from '../shared/ledger.ts';
import type { MediaStore } from '../shared/media-store.ts';
import { type PlannedRecord, plannedRecordSchema } from '../shared/plan.ts';

/** A record of a job with its number in it, from 1. */
export interface NumberedRecord extends PlannedRecord {
  number: number;
}

/** The records that the plan gives a job, in order; `after` leaves out so many of the first. */
export async function* recordsOf(
  { recordsKey, recordsOffset: offset, recordsBytes: bytes }: Job,
  store: Pick<MediaStore, 'readLines'>,
  after = 0,
): AsyncGenerator<NumberedRecord> {
  let number = 0;
  for await (const line of store.readLines(recordsKey, { offset, bytes })) {
    number += 1;
    if (number > after) yield { ...plannedRecordSchema.parse(JSON.parse(line)), number };
  }
}

/** The numbers of a job's records that are not sent, out of the lists of all turns. */
export async function readUnsent(
  unsentKeys: readonly string[],
  store: Pick<MediaStore, 'readLines'>,
): Promise<Set<number>> {
  const numbers = new Set<number>();
  for (const key of unsentKeys) {
    for await (const line of store.readLines(key)) numbers.add(unsentRecordSchema.parse(JSON.parse(line)).number);
  }
  return numbers;
}
