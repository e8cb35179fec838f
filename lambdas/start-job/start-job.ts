import type * as z from 'zod';
import { isTransient, JobRefused, JobTooLarge, messageOf, Throttled } from '../shared/domain/errors/errors.ts';
import { remedyFor } from '../shared/domain/errors/remedies.ts';
import type { CreateRequest } from '../shared/domain/job/create-request.ts';
import type { Job } from '../shared/domain/job/job.ts';
import { historyWith } from '../shared/domain/job/job-history.ts';
import { nextPollSeconds } from '../shared/domain/job/next-poll.ts';
import { saysTooLarge } from '../shared/domain/job/too-large.ts';
import { ownsLock } from '../shared/domain/lock/lock.ts';
import type { BatchJobs } from '../shared/domain/ports/batch-jobs.ts';
import type { RunTable } from '../shared/domain/ports/run-table.ts';
import type { JobReference, startJobOutputSchema } from '../shared/domain/state.ts';
import { slotsFull } from './slots-full.ts';

export interface StartJobDependencies {
  table: Pick<RunTable, 'getJob' | 'getLock' | 'updateUnmadeJob' | 'setCreateRequest' | 'setCreated'>;
  bedrock: Pick<BatchJobs, 'create' | 'get' | 'findByName' | 'hasOpenJobs'>;
  bedrockRoleArn: string;
  /** KMS key for the output, if the bucket has one. */
  outputKeyArn?: string;
  jobTags: CreateRequest['tags'];
  now(): number;
}

/**
 * Creates the Bedrock job over the folder of its input.
 *
 * The request is written to the table once before it is sent, and so is the time of each sending; a repeat first looks
 * for the job by its name. So no job is created twice and none runs unknown, even if an old function continues late.
 *
 * @throws {JobSlotsFull} if the model has no free job slot
 * @throws {JobTooLarge} if Bedrock says that the folder has too many bytes
 * @throws {JobRefused} if Bedrock refuses the job, the run was stopped by a user, or the job has lost the lock
 */
export async function startJob(
  reference: JobReference,
  dependencies: StartJobDependencies,
): Promise<z.infer<typeof startJobOutputSchema>> {
  const { table, bedrock, now } = dependencies;
  const outputOf = (batchJobArn: string) => ({ ...reference, batchJobArn, waitSeconds: nextPollSeconds(0) });
  const planned = await table.getJob(reference);
  if (planned.batchJobArn !== undefined) return outputOf(planned.batchJobArn);
  refuseIfSettled(planned);
  if (planned.createRequest === undefined) {
    refuseIfStopped(planned);
    await table.setCreateRequest(reference, createRequestFor(planned, dependencies));
  }

  const job = await table.getJob(reference);
  if (job.createRequest === undefined)
    throw new TypeError(`Job ${job.jobName} has no Create request in the table, although one was just written.`);
  const { jobName } = job.createRequest;
  const wasSentBefore = job.createRequestedAt !== undefined;
  const existing = job.batchJobArn ?? (wasSentBefore ? await bedrock.findByName(jobName) : undefined);
  if (existing === undefined) {
    refuseIfStopped(job);
    await refuseUnlessLockHolds(job, table);
    const createRequestedAt = new Date(now()).toISOString();
    // The job has been created or settled meanwhile: the table says which.
    if (!(await table.updateUnmadeJob(reference, { createRequestedAt }))) return startJob(reference, dependencies);
  }
  const batchJobArn = existing ?? (await create(job, job.createRequest, dependencies));
  const submittedAt = new Date(now()).toISOString();
  const history = historyWith(job, { status: 'Submitted', at: submittedAt });
  await table.setCreated(reference, { batchJobArn, submittedAt, history });
  return outputOf(batchJobArn);
}

function refuseIfSettled({ jobName, phase }: Job): void {
  if (phase === 'open') return;
  throw new JobRefused(
    `Job ${jobName} is already ${phase === 'closed' ? 'closed' : 'being closed'}: start a new run for its records.`,
  );
}

function refuseIfStopped({ jobName, stopRequested }: Job): void {
  if (stopRequested) throw new JobRefused(`Job ${jobName} is not sent: its run was stopped by a user.`);
}

function createRequestFor(job: Job, { bedrockRoleArn, outputKeyArn, jobTags }: StartJobDependencies): CreateRequest {
  return {
    jobName: job.jobName,
    // Deterministic, so that the same request sent twice is one job; a repeated token is ignored without an error.
    clientRequestToken: `${job.jobHash}-1`,
    roleArn: bedrockRoleArn,
    modelId: job.modelId,
    modelInvocationType: job.modelInvocationType,
    // The trailing slash makes it a folder. Media must be in the input's folder; of a bucket's own folders, only the
    // root contains them all: https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-data.html
    inputDataConfig: {
      s3InputDataConfig: { s3InputFormat: 'JSONL', s3Uri: `s3://${job.inputBucket}/${job.inputFolder}` },
    },
    outputDataConfig: {
      s3OutputDataConfig: {
        s3Uri: `s3://${job.bucket}/${job.batchOutputS3Prefix}`,
        ...(outputKeyArn === undefined ? {} : { s3EncryptionKeyId: outputKeyArn }),
      },
    },
    timeoutDurationInHours: job.timeoutHours,
    tags: [...jobTags, { key: 'media-batch:run', value: tagValue(job.runId) }],
  };
}

/**
 * Tag values allow letters, digits, spaces and `._:/=+-@`, at most 256:
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_Tag.html
 */
function tagValue(text: string): string {
  return text.replace(/[^a-zA-Z0-9 ._:/=+@-]/gu, '_').slice(0, 256);
}

async function refuseUnlessLockHolds(job: Job, table: StartJobDependencies['table']): Promise<void> {
  if (job.layout === 'staged') return;
  if (job.fence !== undefined && ownsLock(await table.getLock(job.bucket), job, job.fence)) return;
  throw new JobRefused(
    `Job ${job.jobName} no longer owns the lock of bucket ${job.bucket}: start a new run for its records.`,
  );
}

async function create(
  job: Job,
  request: CreateRequest,
  { table, bedrock, now }: StartJobDependencies,
): Promise<string> {
  try {
    return await bedrock.create(request);
  } catch (error) {
    if (isTransient(error) || !(error instanceof Error)) throw error;
    if (error.name === 'ServiceQuotaExceededException') throw await slotsFull(job, error, { table, bedrock, now });
    // Bedrock refuses a reused name; ours is unique, so an earlier attempt created the job of that name.
    const isTaken = error.name === 'ConflictException';
    const existing = isTaken ? await bedrock.findByName(request.jobName) : undefined;
    if (existing !== undefined) return existing;
    if (isTaken && job.createRequestedAt !== undefined) {
      throw new Throttled(`Bedrock already has job ${request.jobName} and does not list it yet: try again.`, {
        cause: error,
      });
    }
    const why = messageOf(error).replace(/\.$/, '');
    const fix = remedyFor(error.name, error.message) ?? 'correct what it names and start a new run';
    const isSize = error.name === 'ValidationException' && saysTooLarge(error.message);
    const Refusal = isSize ? JobTooLarge : JobRefused;
    throw new Refusal(`Bedrock refused job ${request.jobName} with ${error.name} (${why}): ${fix}.`, {
      cause: error,
    });
  }
}
