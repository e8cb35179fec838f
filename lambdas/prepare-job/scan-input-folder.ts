import { FolderBusy, JobRefused } from '../shared/domain/errors/errors.ts';
import type { Job } from '../shared/domain/job/job.ts';
import { isOverAtBedrock, type LivenessDependencies } from '../shared/domain/job/job-liveness.ts';
import { type FolderScan, foreignInputsSentence, scanFolder } from '../shared/domain/job/scan-folder.ts';
import type { MediaStore } from '../shared/domain/ports/media-store.ts';
import type { RunTable } from '../shared/domain/ports/run-table.ts';

export interface ScanInputFolderDependencies extends Pick<LivenessDependencies, 'bedrock' | 'now'> {
  table: Pick<RunTable, 'findJob'>;
  storeOf(bucket: string): Pick<MediaStore, 'listObjects' | 'headObject' | 'deleteObject'>;
  isTimeUp(): boolean;
}

/**
 * Makes sure that a root job runs only its own `.jsonl`: removes inputs of dead jobs of ours, and refuses the job where
 * a foreign one is found. Continues after `lastKey`, and returns the key to continue after.
 *
 * @throws {JobRefused} when a foreign `.jsonl` is in the bucket
 * @throws {FolderBusy} while a job of ours that lost the lock may still run
 */
export async function scanInputFolder(
  job: Job,
  lastKey: string | undefined,
  { table, storeOf, isTimeUp, ...judging }: ScanInputFolderDependencies,
): Promise<Pick<FolderScan, 'lastKey' | 'isComplete'>> {
  const store = storeOf(job.bucket);
  const { inputs, ...scanned } = await scanFolder(store, table, { startAfter: lastKey, isTimeUp });
  const others = inputs.filter(({ key }) => key !== job.batchInputS3Key);
  const foreignInputs = others.flatMap(({ key, job: owner }) => (owner === undefined ? key : []));
  if (foreignInputs.length > 0) throw new JobRefused(foreignInputsSentence(job.bucket, foreignInputs));
  for (const { key, job: owner } of others) {
    if (owner === undefined) continue;
    // We own the lock, so its job lost it. Its input is removed once Bedrock no longer reads it. The job stays open:
    // when its run continues, it waits for the lock and writes its input again.
    if (!(await isOverAtBedrock(owner, judging))) {
      throw new FolderBusy(`Job ${job.jobName} waits: ${key} belongs to job ${owner.jobName}, which may still run.`);
    }
    await store.deleteObject(key);
  }
  return scanned;
}
