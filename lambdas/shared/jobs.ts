import * as z from 'zod';
import { recordCountsSchema } from './ledger.ts';

/** The ten statuses of Bedrock: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetModelInvocationJob.html */
export const bedrockStatusSchema = z.enum([
  'Submitted',
  'Validating',
  'Scheduled',
  'InProgress',
  'Stopping',
  'Stopped',
  'Completed',
  'PartiallyCompleted',
  'Expired',
  'Failed',
]);
export type BedrockStatus = z.infer<typeof bedrockStatusSchema>;

/**
 * What each status means for a job of ours. Every status is decided here on purpose: the first five go on waiting, the five
 * ends all go through `Settle job` and `Collect results`, which salvages what was written.
 */
export const statusMeaning: Record<BedrockStatus, { over: boolean; reason?: string }> = {
  Submitted: { over: false },
  Validating: { over: false },
  Scheduled: { over: false },
  InProgress: { over: false },
  Stopping: { over: false },
  Stopped: { over: true, reason: 'the job was stopped before this record was answered' },
  Completed: { over: true, reason: 'the job completed without an answer for this record' },
  PartiallyCompleted: { over: true, reason: 'the job ran out of time before this record was answered' },
  Expired: { over: true, reason: 'the job expired before it began' },
  Failed: { over: true, reason: 'the job failed' },
};

/** Counters of a job as Bedrock tells them; padding counts in them. */
export const jobCountersSchema = z.strictObject({
  total: z.int().min(0),
  processed: z.int().min(0),
  succeeded: z.int().min(0),
  failed: z.int().min(0),
});
export type JobCounters = z.infer<typeof jobCountersSchema>;

/**
 * In which API's words a job's records are written, one for the whole job:
 * https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-data.html
 */
export const modelInvocationTypeSchema = z
  .enum(['InvokeModel', 'Converse'])
  // Bedrock's own default, and what runs were that began before there was a choice: a deploy may come in their middle.
  .default('InvokeModel');
export type ModelInvocationType = z.infer<typeof modelInvocationTypeSchema>;

/** A Create request as it is sent, written down before it is sent so that a repeat is the same to the letter. */
export const createRequestSchema = z.strictObject({
  jobName: z.string(),
  clientRequestToken: z.string(),
  roleArn: z.string(),
  modelId: z.string(),
  modelInvocationType: modelInvocationTypeSchema,
  inputDataConfig: z.strictObject({
    s3InputDataConfig: z.strictObject({ s3InputFormat: z.literal('JSONL'), s3Uri: z.string() }),
  }),
  outputDataConfig: z.strictObject({ s3OutputDataConfig: z.strictObject({ s3Uri: z.string() }) }),
  timeoutDurationInHours: z.int(),
  tags: z.array(z.strictObject({ key: z.string(), value: z.string() })),
});
export type CreateRequest = z.infer<typeof createRequestSchema>;

/** A job as the table has it. */
export const jobSchema = z.strictObject({
  runId: z.string(),
  jobName: z.string(),
  jobHash: z.string(),
  bucket: z.string(),
  modelId: z.string(),
  modelInvocationType: modelInvocationTypeSchema,
  layout: z.literal('root'),
  timeoutHours: z.int(),
  manifestKey: z.string(),
  records: z.int().min(1),
  paddingRecords: z.int().min(0),
  /** Bare file name of the input at the root of the bucket. */
  batchInputS3Key: z.string(),
  batchOutputS3Prefix: z.string(),
  batchJobArn: z.string().optional(),
  /** `Planned`, `Waiting` (for the lease), `Prepared`, then what Bedrock says. */
  status: z.union([z.enum(['Planned', 'Waiting', 'Prepared']), bedrockStatusSchema]),
  /** The child execution that works on the job. */
  executionArn: z.string().optional(),
  /** Fencing number of the lease under which the input was written. */
  fence: z.int().optional(),
  createRequest: createRequestSchema.optional(),
  /** When the request was written down; it is sent right after. */
  createRequestedAt: z.iso.datetime().optional(),
  submittedAt: z.iso.datetime().optional(),
  endedAt: z.iso.datetime().optional(),
  counters: jobCountersSchema.optional(),
  /** What Bedrock, or a step that gave up, says about why the job did not complete. */
  failure: z.strictObject({ error: z.string(), reason: z.string() }).optional(),
  /** Input removed and lease released. */
  closed: z.boolean(),
  /** Present once the results are collected. */
  collected: z
    .strictObject({
      records: recordCountsSchema,
      inputTokens: z.int().min(0),
      outputTokens: z.int().min(0),
      /** Lines that answer a record twice: counted once, as the first says. */
      duplicateLines: z.int().min(0),
      /** Lines of our output file that are no JSON or answer no record of ours. */
      foreignLines: z.int().min(0),
      /** Output files of inputs that are not ours, at most the first 20. */
      foreignFiles: z.array(z.string()),
    })
    .optional(),
});
export type Job = z.infer<typeof jobSchema>;
