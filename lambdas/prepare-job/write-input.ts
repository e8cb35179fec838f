import { setImmediate } from 'node:timers/promises';
import { FolderBusy, JobRefused } from '../shared/domain/errors/errors.ts';
import type { Prepared } from '../shared/domain/job/collected.ts';
import type { Job } from '../shared/domain/job/job.ts';
import { type NumberedRecord, readNotSent, recordBatchesOf } from '../shared/domain/job/job-records.ts';
import { metadataOf } from '../shared/domain/job/scan-folder.ts';
import { ownsLock } from '../shared/domain/lock/lock.ts';
import type { Plan } from '../shared/domain/plan/plan.ts';
import type { MediaStore } from '../shared/domain/ports/media-store.ts';
import type { RunTable } from '../shared/domain/ports/run-table.ts';
import { paddingRecord, prebuiltRecord, recordIdOf } from '../shared/domain/record/record.ts';
import { recordLines } from '../shared/domain/record/record-lines.ts';
import { partBuffer } from '../shared/text/upload-parts.ts';
import { readKeyOf } from './copy-media.ts';

export interface WriteInputDependencies {
  table: Pick<RunTable, 'getLock'>;
  storeOf(bucket: string): Pick<MediaStore, 'readLines' | 'readLineBatches' | 'writeParts'>;
}

/**
 * Streams the records that are sent into the job's input; every writer writes the same bytes.
 *
 * @param fence fencing number of a root job's lock; the input appears only while the job owns the lock
 * @throws {FolderBusy} when the lock was lost meanwhile
 */
export async function writeInput(
  job: Job,
  plan: Plan,
  prepared: Prepared,
  fence: number | undefined,
  dependencies: WriteInputDependencies,
): Promise<void> {
  const parts = inputParts(job, plan, prepared, fence, dependencies);
  await dependencies.storeOf(job.inputBucket).writeParts(job.batchInputS3Key, parts, metadataOf(job));
}

async function* inputParts(
  job: Job,
  plan: Plan,
  { ledgerKeys, paddingRecords }: Prepared,
  fence: number | undefined,
  { table, storeOf }: WriteInputDependencies,
): AsyncGenerator<Buffer> {
  const store = storeOf(job.bucket);
  const notSent = await readNotSent(job, ledgerKeys, store);
  const analyses = new Map(plan.analyses.map((analysis) => [analysis.name, analysis]));
  const parts = partBuffer();
  const addRecordLine = recordLines(job.modelInvocationType, parts);
  for await (const records of recordBatchesOf(job, store)) {
    for (const record of records) if (!notSent.has(record.number)) addLine(record);
    yield* parts.takeFull();
    // A pause for the connections: else a part is sent only when the next one is made.
    await setImmediate();
  }
  for (let number = 1; number <= paddingRecords; number++) {
    addJson(paddingRecord(job.jobHash, number, job.modelInvocationType));
  }
  yield* parts.takeAll();
  // The upload completes when this generator ends: a job that lost the lock must leave no input.
  if (fence !== undefined && !ownsLock(await table.getLock(job.bucket), job, fence)) {
    throw new FolderBusy(`Job ${job.jobName} lost the root of bucket ${job.bucket} while it wrote its input.`);
  }

  function addLine(record: NumberedRecord): void {
    const recordId = recordIdOf(job.jobHash, record.number);
    if (record.prebuilt !== undefined) {
      addJson(prebuiltRecord(recordId, record.prebuilt, record.maxTokens));
      return;
    }
    const analysis = analyses.get(record.analysis);
    if (analysis === undefined)
      throw new JobRefused(`Record ${recordId} asks ${record.analysis}, which the plan lacks.`);
    addRecordLine(recordId, `s3://${job.inputBucket}/${readKeyOf(job, record)}`, record, analysis);
  }

  function addJson(value: object): void {
    parts.add(JSON.stringify(value));
    parts.add('\n');
  }
}
