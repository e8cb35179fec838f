import * as z from 'zod';

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
