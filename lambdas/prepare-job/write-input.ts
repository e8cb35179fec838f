import { FolderBusy, JobRefused } from '../shared/errors.ts';
import { readUnsent, recordsOf } from '../shared/job-records.ts';
import type { Job, Prepared } from '../shared/jobs.ts';
import { holdsLease } from '../shared/lease.ts';
import type { MediaStore } from '../shared/media-store.ts';
import type { Plan } from '../shared/plan.ts';
import { recordLines } from '../shared/record-lines.ts';
import { givenRecord, paddingRecord, recordIdOf } from '../shared/records.ts';
import type { RunTable } from '../shared/run-table.ts';
import { metadataOf } from '../shared/shared-folder.ts';
import { readKeyOf } from './copy-media.ts';

export interface WriteInputDependencies {
  table: Pick<RunTable, 'getLease'>;
  storeOf(bucket: string): Pick<MediaStore, 'readLines' | 'writeLines'>;
}

/**
 * Streams the records that are sent into the job's input; whoever writes it writes the same.
 *
 * @param fence number of the lease under which a root job is written; the input only appears while the lease is the job's
 * @throws {FolderBusy} when the lease was lost meanwhile
 */
export async function writeInput(
  job: Job,
  plan: Plan,
  prepared: Prepared,
  fence: number | undefined,
  dependencies: WriteInputDependencies,
): Promise<void> {
  const lines = inputLines(job, plan, prepared, fence, dependencies);
  await dependencies.storeOf(job.inputBucket).writeLines(job.batchInputS3Key, lines, metadataOf(job));
}

/** Lines that are handed on together: a hundred prompts of a few kilobytes. */
const linesAtOnce = 100;

async function* inputLines(
  job: Job,
  plan: Plan,
  { unsentKeys, paddingRecords }: Prepared,
  fence: number | undefined,
  { table, storeOf }: WriteInputDependencies,
): AsyncGenerator<readonly string[]> {
  const store = storeOf(job.bucket);
  const unsent = await readUnsent(unsentKeys, store);
  const analyses = new Map(plan.analyses.map((analysis) => [analysis.name, analysis]));
  let lines: string[] = [];
  const lineOf = recordLines(job.modelInvocationType);
  for await (const record of recordsOf(job, store)) {
    if (unsent.has(record.number)) continue;
    const recordId = recordIdOf(job.jobHash, record.number);
    if (record.given !== undefined) {
      // It may be large, so it waits for no others.
      yield [...lines, JSON.stringify(givenRecord(recordId, record.given, record.maxTokens))];
      lines = [];
      continue;
    }
    const analysis = analyses.get(record.analysis);
    if (analysis === undefined)
      throw new JobRefused(`Record ${recordId} asks ${record.analysis}, which the plan lacks.`);
    const uri = `s3://${job.inputBucket}/${readKeyOf(job, record)}`;
    lines.push(lineOf(recordId, uri, record, analysis));
    if (lines.length < linesAtOnce) continue;
    yield lines;
    lines = [];
  }
  yield lines;
  for (let number = 1; number <= paddingRecords; number++) {
    yield [JSON.stringify(paddingRecord(job.jobHash, number, job.modelInvocationType))];
  }
  // The upload completes when this generator ends: whoever lost the lease meanwhile must leave no input behind.
  if (fence !== undefined && !holdsLease(await table.getLease(job.bucket), job, fence)) {
    throw new FolderBusy(`Job ${job.jobName} lost the root of bucket ${job.bucket} while it wrote its input.`);
  }
}
