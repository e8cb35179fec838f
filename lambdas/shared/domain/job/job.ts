import * as z from 'zod';
import { bedrockStatusSchema, jobCountersSchema } from './bedrock-status.ts';
import { collectedSchema, preparedSchema } from './collected.ts';
import { createRequestSchema, modelInvocationTypeSchema } from './create-request.ts';

// Large schemas are lazy, here and in other contracts: a function that starts makes none that it does not use.

/** Where a job's JSONL lies: at the root of the media bucket, or in a folder of its own in the staging bucket. */
export const layoutSchema = z.enum(['root', 'staged']);
export type Layout = z.infer<typeof layoutSchema>;

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

/**
 * `open`: it may be prepared and sent. `settling`: `Settle job` has begun, so nothing is prepared or sent any more. `closed`:
 * input and copies are removed and the lock is released.
 */
export const jobPhaseSchema = z.enum(['open', 'settling', 'closed']);

/** A job as the table has it. */
export const jobSchema = z.lazy(() =>
  z.object({
    runId: z.string(),
    jobName: z.string(),
    phase: jobPhaseSchema,
    batchInputS3Key: z.string(),
    batchJobArn: z.string().optional(),
    /** The child execution that works on the job. */
    executionArn: z.string().optional(),
    /** When the Create request was last sent, or was about to be. */
    createRequestedAt: z.iso.datetime().optional(),
    /** The turn of `Prepare job` that works on it, or did when its function was lost, and since when. */
    preparing: z.object({ turn: z.string(), since: z.iso.datetime() }).optional(),
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
