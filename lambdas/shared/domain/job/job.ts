import * as z from 'zod';
import { recordCountsSchema } from '../record/ledger.ts';

// Large schemas are lazy, here and in other contracts: a function that starts makes none that it does not use.

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
export const jobCountersSchema = z.object({
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
export const createRequestSchema = z.lazy(() =>
  z.object({
    jobName: z.string(),
    clientRequestToken: z.string(),
    roleArn: z.string(),
    modelId: z.string(),
    modelInvocationType: modelInvocationTypeSchema,
    inputDataConfig: z.object({
      s3InputDataConfig: z.object({ s3InputFormat: z.literal('JSONL'), s3Uri: z.string() }),
    }),
    outputDataConfig: z.object({
      s3OutputDataConfig: z.object({ s3Uri: z.string(), s3EncryptionKeyId: z.string().optional() }),
    }),
    timeoutDurationInHours: z.int(),
    tags: z.array(z.object({ key: z.string(), value: z.string() })),
  }),
);
export type CreateRequest = z.infer<typeof createRequestSchema>;

/** Where a job's JSONL lies: at the root of the media bucket, or in a folder of its own in the staging bucket. */
export const layoutSchema = z.enum(['root', 'staged']);
export type Layout = z.infer<typeof layoutSchema>;

/** Answers to analyses with a schema that are not as they should be. */
export const answerCountsSchema = z.object({ repaired: z.int().min(0), invalid: z.int().min(0) });
export type AnswerCounts = z.infer<typeof answerCountsSchema>;

/** What came of a job's records, written down once. */
export const collectedSchema = z.lazy(() =>
  z.object({
    /** What became of each record, in the order of the attempt's list. */
    ledgerKey: z.string(),
    /** Of the records that were sent. */
    records: recordCountsSchema,
    /** Records that were not sent, because another run has them. */
    skipped: z.int().min(0),
    /** Records that failed or are missing and may succeed in a further attempt. */
    retryable: z.int().min(0),
    inputTokens: z.int().min(0),
    outputTokens: z.int().min(0),
    /** Lines of our output file, which the job's parts of the run's list cover; absent where nobody read them. */
    outputLines: z.int().min(0).optional(),
    /** Of the answers that have a schema: whose JSON was repaired, and which do not match. Absent where none has. */
    answers: answerCountsSchema.optional(),
    /** What Bedrock itself counts, foreign records included; absent where it wrote no manifest. */
    billed: z.object({ inputTokens: z.int().min(0), outputTokens: z.int().min(0) }).optional(),
    /** Lines that answer a record twice: counted once, as the first says. */
    duplicateLines: z.int().min(0),
    /** Lines of our output file that are no JSON or answer no record of ours; the first of them are set aside in a file. */
    foreignLines: z.int().min(0),
    /** Output files of inputs that are not ours, at most the first 20. */
    foreignFiles: z.array(z.string()),
  }),
);
export type Collected = z.infer<typeof collectedSchema>;

/** What `Prepare job` has decided about the records of a job; written down once, before the input is. */
export const preparedSchema = z.lazy(() =>
  z.object({
    /** Lists of the records that are not sent. */
    unsentKeys: z.array(z.string()),
    sent: z.int().min(0),
    paddingRecords: z.int().min(0),
  }),
);
export type Prepared = z.infer<typeof preparedSchema>;

/** What a job waits for, for people. */
export const waitingSchema = z.object({
  for: z.enum(['root', 'slot']),
  since: z.iso.datetime(),
  /** The job that has the root, and since when. */
  owner: z.object({ runId: z.string(), jobName: z.string(), since: z.iso.datetime() }).optional(),
  /** Jobs before it. */
  ahead: z.int().min(0).optional(),
  /** Since when Bedrock has refused a slot although no job of the account is open. */
  idleSince: z.iso.datetime().optional(),
});
export type Waiting = z.infer<typeof waitingSchema>;

/** `Planned`, `Waiting` (for the lock), `Prepared`, then what Bedrock says. */
const jobStatusSchema = z.union([z.enum(['Planned', 'Waiting', 'Prepared']), bedrockStatusSchema]);
export type JobStatus = z.infer<typeof jobStatusSchema>;

/** One change of a job's status, or the beginning of a wait. */
export const statusChangeSchema = z.object({
  status: jobStatusSchema,
  /** Bedrock's own time of the change where it says one, else when it was seen. */
  at: z.iso.datetime(),
  for: waitingSchema.shape.for.optional(),
});
export type StatusChange = z.infer<typeof statusChangeSchema>;

/** What every version must be able to read of a job, whichever wrote it: enough to tell whether it is over. */
export const jobFactsSchema = z.object({
  runId: z.string(),
  jobName: z.string(),
  batchInputS3Key: z.string(),
  batchJobArn: z.string().optional(),
  /** The child execution that works on the job. */
  executionArn: z.string().optional(),
  createRequest: z.object({ jobName: z.string() }).optional(),
  /** When the request was sent, or was about to be, the last time. */
  createRequestedAt: z.iso.datetime().optional(),
  /** The turn of `Prepare job` that is at work, or was when its function was lost, and since when. */
  preparing: z.object({ turn: z.string(), since: z.iso.datetime() }).optional(),
  /** `Settle job` has begun: nothing is prepared or sent any more. */
  settling: z.boolean().optional(),
  /** Input and copies removed, lock released. */
  closed: z.boolean(),
});
export type JobFacts = z.infer<typeof jobFactsSchema>;

/** A job as the table has it. Fields that another version has added pass. */
export const jobSchema = z.lazy(() =>
  jobFactsSchema.extend({
    jobHash: z.string(),
    /** From 1; and the job's place in it, from 1. */
    attempt: z.int().min(1),
    number: z.int().min(1),
    /** Bucket of the media, the output and everything of ours. */
    bucket: z.string(),
    modelId: z.string(),
    modelInvocationType: modelInvocationTypeSchema,
    layout: layoutSchema,
    /** Bucket that the input lies in: the media bucket, or the staging bucket. */
    inputBucket: z.string(),
    /** Folder that Bedrock reads, as a key prefix: empty for the root. */
    inputFolder: z.string(),
    /** In the input's bucket. */
    copiesPrefix: z.string(),
    timeoutHours: z.int(),
    /** The job's lines in its attempt's list of records. */
    recordsKey: z.string(),
    recordsOffset: z.int().min(0),
    recordsBytes: z.int().min(1),
    /** Records that the plan gives it. */
    records: z.int().min(1),
    /** As planned, and as prepared once it is. */
    paddingRecords: z.int().min(0),
    batchOutputS3Prefix: z.string(),
    status: jobStatusSchema,
    /** How the status came about, the oldest change first; absent in jobs that an earlier version wrote down. */
    history: z.array(statusChangeSchema).optional(),
    waiting: waitingSchema.optional(),
    /** A person stopped the run: the job is not sent any more, or is stopped. */
    stopRequested: z.boolean().optional(),
    /** Fencing number of the lock under which the input was written. */
    fence: z.int().optional(),
    prepared: preparedSchema.optional(),
    createRequest: createRequestSchema.optional(),
    submittedAt: z.iso.datetime().optional(),
    endedAt: z.iso.datetime().optional(),
    counters: jobCountersSchema.optional(),
    /** What Bedrock, or a step that gave up, says about why the job did not complete. */
    failure: z.object({ error: z.string(), reason: z.string() }).optional(),
    collected: collectedSchema.optional(),
    /** When the table may forget it, in seconds since 1970; only a job of an ended run that has answered nothing has one. */
    expiresAt: z.int().optional(),
  }),
);
export type Job = z.infer<typeof jobSchema>;
