import * as z from 'zod';
import { bedrockStatusSchema, jobCountersSchema } from './bedrock-status.ts';
import { collectedSchema, preparedSchema } from './collected.ts';
import { createRequestSchema, modelInvocationTypeSchema } from './create-request.ts';

// Large schemas are lazy, here and elsewhere, so that a cold start builds only those that it uses.

/** Where a job's JSONL is: at the root of the media bucket, or in a folder of its own in the staging bucket. */
export const layoutSchema = z.enum(['root', 'staged']);
export type Layout = z.infer<typeof layoutSchema>;

/** What a job waits for, as people see it. */
export const waitingSchema = z.object({
  for: z.enum(['root', 'slot']),
  since: z.iso.datetime(),
  /** The owner of the lock, and since when. */
  owner: z.object({ runId: z.string(), jobName: z.string(), since: z.iso.datetime() }).optional(),
  /** Number of jobs before it. */
  ahead: z.int().min(0).optional(),
  /** Since when Bedrock refuses a slot although no job of the account is open. */
  idleSince: z.iso.datetime().optional(),
});
export type Waiting = z.infer<typeof waitingSchema>;

/** `Planned`, `Waiting` (for the lock), `Prepared`, then Bedrock's statuses. */
const jobStatusSchema = z.union([z.enum(['Planned', 'Waiting', 'Prepared']), bedrockStatusSchema]);
export type JobStatus = z.infer<typeof jobStatusSchema>;

/** A change of a job's status, or the beginning of a wait. */
export const statusChangeSchema = z.object({
  status: jobStatusSchema,
  /** Bedrock's own time of the change, else when it was seen. */
  at: z.iso.datetime(),
  for: waitingSchema.shape.for.optional(),
});
export type StatusChange = z.infer<typeof statusChangeSchema>;

/**
 * `open`: it may be prepared and sent. `settling`: `Settle job` has begun, so nothing is prepared or sent any more.
 * `closed`: input and copies are removed and the lock is released.
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
    /** The attempt and the job's place in it, both from 1. */
    attempt: z.int().min(1),
    number: z.int().min(1),
    /** The media bucket, which has the output and our own files too. */
    bucket: z.string(),
    modelId: z.string(),
    modelInvocationType: modelInvocationTypeSchema,
    layout: layoutSchema,
    /** Bucket of the input: the media bucket or the staging bucket. */
    inputBucket: z.string(),
    /** Folder that Bedrock reads, as a key prefix; empty for the root. */
    inputFolder: z.string(),
    /** Prefix of the copies in the input's bucket. */
    copiesPrefix: z.string(),
    timeoutHours: z.int(),
    /** The job's lines in its attempt's list of records. */
    recordsKey: z.string(),
    recordsOffset: z.int().min(0),
    recordsBytes: z.int().min(1),
    /** Planned records. */
    records: z.int().min(1),
    /** As planned; once prepared, as prepared. */
    paddingRecords: z.int().min(0),
    batchOutputS3Prefix: z.string(),
    status: jobStatusSchema,
    /** How the status came about, the oldest change first. */
    history: z.array(statusChangeSchema),
    waiting: waitingSchema.optional(),
    /** The run was stopped by a user: the job is not sent, or is stopped. */
    stopRequested: z.boolean().optional(),
    /** Fencing number of the lock under which the input was written. */
    fence: z.int().optional(),
    prepared: preparedSchema.optional(),
    createRequest: createRequestSchema.optional(),
    submittedAt: z.iso.datetime().optional(),
    endedAt: z.iso.datetime().optional(),
    counters: jobCountersSchema.optional(),
    /** Why the job did not complete, as Bedrock or a step that gave up says. */
    failure: z.object({ error: z.string(), reason: z.string() }).optional(),
    collected: collectedSchema.optional(),
    /** When the table may delete it, in seconds since 1970; only jobs of ended runs without an answer have one. */
    expiresAt: z.int().optional(),
  }),
);
export type Job = z.infer<typeof jobSchema>;
