import type { Analysis } from '../shared/analyses.ts';
import { FolderBusy, JobRefused } from '../shared/errors.ts';
import type { Job } from '../shared/jobs.ts';
import { isOverAtBedrock } from '../shared/judge-job.ts';
import { type KeyPrefixes, planKey } from '../shared/keys.ts';
import { holdsLease } from '../shared/lease.ts';
import type { MediaStore } from '../shared/media-store.ts';
import { plannedRecordSchema, planSchema } from '../shared/plan.ts';
import { mediaRecord, paddingRecord } from '../shared/records.ts';
import type { RunTable } from '../shared/run-table.ts';
import { inputMetadata, strangersSentence, surveyFolder } from '../shared/shared-folder.ts';
import type { JobReference } from '../shared/state.ts';
import { type TakeLeaseDependencies, takeLease } from './take-lease.ts';

export interface PrepareJobDependencies extends TakeLeaseDependencies {
  table: Pick<RunTable, 'getJob' | 'findJob' | 'updateJob' | 'setFence' | 'closeJob' | 'getLease' | 'replaceLease'>;
  store: Pick<
    MediaStore,
    'bucket' | 'listObjects' | 'headObject' | 'readJson' | 'readLines' | 'writeLines' | 'deleteObject'
  >;
  prefixes: KeyPrefixes;
}

/**
 * Brings a job's input to the root of the bucket: takes the lease, makes sure that no other `.jsonl` is there, and streams the
 * records to `batch_input_{jobName}.jsonl`. A repeat finds what is done and does the rest.
 *
 * @throws {FolderBusy} while another job has the root
 * @throws {JobRefused} when a stranger's `.jsonl` is in the bucket
 */
export async function prepareJob(
  { executionArn, ...reference }: JobReference & { executionArn: string },
  dependencies: PrepareJobDependencies,
): Promise<JobReference> {
  const { table, store } = dependencies;
  const job = await table.getJob(reference);
  // A redrive comes here again when Bedrock already has the job; there is nothing left to prepare.
  if (job.batchJobArn !== undefined || job.closed) return reference;

  const fence = await takeLease(store.bucket, { ...reference, executionArn }, dependencies).catch(async (error) => {
    const waits = error instanceof FolderBusy && job.status === 'Planned';
    if (waits) await table.updateJob(reference, { status: 'Waiting', executionArn });
    throw error;
  });
  if (!(await table.setFence(reference, fence, executionArn))) {
    throw new FolderBusy(`Job ${job.jobName} has a later execution than ${executionArn}, which holds the lease now.`);
  }
  await clearFolder(job, dependencies);
  await store.writeLines(job.batchInputS3Key, inputLines(job, fence, dependencies), {
    [inputMetadata.run]: encodeURIComponent(job.runId),
    [inputMetadata.job]: job.jobName,
  });
  await table.updateJob(reference, { status: 'Prepared' });
  return reference;
}

/** Removes what a dead job of ours left at the root, and refuses the job when somebody else's `.jsonl` is there. */
async function clearFolder(job: Job, { table, store, bedrock }: PrepareJobDependencies): Promise<void> {
  const { inputs } = await surveyFolder(store, table);
  const others = inputs.filter(({ key }) => key !== job.batchInputS3Key);
  const strangers = others.filter((found) => found.job === undefined);
  if (strangers.length > 0) throw new JobRefused(strangersSentence(store.bucket, strangers));
  for (const { key, job: owner } of others) {
    if (owner === undefined) continue;
    // We have the lease, so its job lost it; its input may go as soon as Bedrock does not read it any more.
    if (!(await isOverAtBedrock(owner, bedrock))) {
      throw new FolderBusy(`Job ${job.jobName} waits: ${key} belongs to job ${owner.jobName}, which still runs.`);
    }
    await store.deleteObject(key);
    await table.closeJob(owner);
  }
}

async function* inputLines(
  job: Job,
  fence: number,
  { table, store, prefixes }: PrepareJobDependencies,
): AsyncGenerator<string> {
  const plan = planSchema.parse(await store.readJson(planKey(prefixes, job.runId)));
  const analyses = new Map<string, Analysis>(plan.analyses.map((analysis) => [analysis.name, analysis]));
  for await (const line of store.readLines(job.manifestKey)) {
    const planned = plannedRecordSchema.parse(JSON.parse(line));
    const analysis = analyses.get(planned.analysis);
    if (analysis === undefined)
      throw new JobRefused(`Record ${planned.recordId} asks ${planned.analysis}, which the plan lacks.`);
    yield JSON.stringify(mediaRecord(job.bucket, planned, analysis, job.modelInvocationType));
  }
  for (let number = 1; number <= job.paddingRecords; number++) {
    yield JSON.stringify(paddingRecord(job.jobHash, number, job.modelInvocationType));
  }
  // The upload completes when this generator ends: whoever lost the lease meanwhile must leave no input behind.
  if (!holdsLease(await table.getLease(job.bucket), job, fence)) {
    throw new FolderBusy(`Job ${job.jobName} lost the root of bucket ${job.bucket} while it wrote its input.`);
  }
}
