import { hash } from 'node:crypto';
import * as z from 'zod';

/**
 * "This question about this media, at this ETag, is pending or answered": one claim per media key and fingerprint. Only
 * failures are marked on it; success is in its job, so that a job of 100,000 successes writes no marks.
 */
export const claimSchema = z.object({
  bucket: z.string(),
  key: z.string(),
  fingerprint: z.string(),
  etag: z.string(),
  runId: z.string(),
  jobName: z.string(),
  recordId: z.string(),
  /** `failed`: it would fail again. `open`: no answer; any run may claim it again. */
  outcome: z.enum(['failed', 'open']).optional(),
  reason: z.string().optional(),
  /** The pending or answered claim at the same ETag that this one replaced; it counts if this one has no answer. */
  before: z.object({ runId: z.string(), jobName: z.string(), recordId: z.string() }).optional(),
});
export type Claim = z.infer<typeof claimSchema>;

/** The media and the question of a claim. */
export type ClaimSubject = Pick<Claim, 'bucket' | 'key' | 'fingerprint'>;

/** Returns the ID of a claim; hashed, because an S3 key alone may fill a DynamoDB key. */
export function claimIdOf({ bucket, key, fingerprint }: ClaimSubject): string {
  return hash('sha256', `${bucket}\n${key}\n${fingerprint}`).slice(0, 40);
}

/** The state of a claim. */
export type ClaimState = 'pending' | 'succeeded' | 'failed' | 'open';

/** The fields that decide the state of a claim. */
export type ClaimFacts = Pick<Claim, 'runId' | 'jobName' | 'outcome' | 'before'>;

/** The job and run of an unmarked claim. */
export interface ClaimJob {
  /** Whether the run is active or will be resumed. */
  isRunOpen: boolean;
  /** Succeeded records of the job; undefined until its results are collected. */
  succeeded?: number;
}

/** Returns the state of a claim. A job without collected results, of an ended run, has answered nothing. */
export function claimStateOf(claim: Pick<Claim, 'outcome'>, { isRunOpen, succeeded }: ClaimJob): ClaimState {
  if (claim.outcome !== undefined) return claim.outcome;
  if (succeeded !== undefined) return succeeded > 0 ? 'succeeded' : 'open';
  return isRunOpen ? 'pending' : 'open';
}

/**
 * Returns why `newOnly` skips a record, or undefined: another run's claim at this ETag is pending, answered or failed
 * for good; a retry sends the last kind again.
 */
export function whyNotNew(claim: Claim, etag: string, state: ClaimState, isRetry = false): string | undefined {
  if (claim.etag !== etag || state === 'open' || (isRetry && state === 'failed')) return undefined;
  if (state === 'pending') return 'pending in another run';
  if (state === 'succeeded') return 'answered by an earlier run';
  return `failed for good in an earlier run: ${claim.reason ?? 'no reason was recorded'}`;
}
