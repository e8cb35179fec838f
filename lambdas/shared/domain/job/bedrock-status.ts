import * as z from 'zod';

/**
 * The ten statuses of Bedrock: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetModelInvocationJob.html
 */
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
 * What each status means for our jobs. The first five keep waiting. The five ends all go through `Settle job` and
 * `Collect results`, which salvages the output.
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

/** Counters of a job as Bedrock reports them, with padding. */
export const jobCountersSchema = z.object({
  total: z.int().min(0),
  processed: z.int().min(0),
  succeeded: z.int().min(0),
  failed: z.int().min(0),
});
export type JobCounters = z.infer<typeof jobCountersSchema>;
