import { hash } from 'node:crypto';
import * as z from 'zod';

/**
 * "This media, at this ETag, is being or has been asked this": one per media key and fingerprint. What came of it is written on
 * the claim only where it is no success; of an unmarked one its job tells, so that a job of 100,000 successes writes none.
 */
export const claimSchema = z.object({
  bucket: z.string(),
  key: z.string(),
  fingerprint: z.string(),
  etag: z.string(),
  runId: z.string(),
  jobName: z.string(),
  recordId: z.string(),
  /** `failed`: asking again would fail again. `open`: it came to nothing, so whoever wants to may ask. */
  outcome: z.enum(['failed', 'open']).optional(),
  reason: z.string().optional(),
  /** The claim at the same ETag that it replaced while that one was asked, or answered: it stands where this one does not. */
  before: z.object({ runId: z.string(), jobName: z.string(), recordId: z.string() }).optional(),
});
export type Claim = z.infer<typeof claimSchema>;

/** What a claim is about. */
export type ClaimSubject = Pick<Claim, 'bucket' | 'key' | 'fingerprint'>;

/** The part of an item's key that tells claims apart; hashed, because a key of S3 alone may fill a key of DynamoDB. */
export function claimIdOf({ bucket, key, fingerprint }: ClaimSubject): string {
  return hash('sha256', `${bucket}\n${key}\n${fingerprint}`).slice(0, 40);
}

/** What became, or becomes, of a claim. */
export type ClaimState = 'asked' | 'succeeded' | 'failed' | 'open';

/** What decides about the state of a claim. */
export type ClaimFacts = Pick<Claim, 'runId' | 'jobName' | 'outcome' | 'before'>;

/** The state of an unmarked claim, by its job and run. */
export interface ClaimJob {
  /** Whether the run goes on, or is to be resumed. */
  isRunOpen: boolean;
  /** Records of the job that succeeded; undefined while its results are not collected. */
  succeeded?: number;
}

/** What became of a claim. A job that nobody collected, of a run that has ended, has answered nobody. */
export function claimStateOf(claim: Pick<Claim, 'outcome'>, { isRunOpen, succeeded }: ClaimJob): ClaimState {
  if (claim.outcome !== undefined) return claim.outcome;
  if (succeeded !== undefined) return succeeded > 0 ? 'succeeded' : 'open';
  return isRunOpen ? 'asked' : 'open';
}

/**
 * Why a record is not sent with `newOnly`, or undefined where it is: another run asks, has an answer or got a failure that
 * would only come again, which a retry asks for all the same. A media that has changed since (another ETag) is new.
 */
export function whyNotNew(claim: Claim, etag: string, state: ClaimState, isRetry = false): string | undefined {
  if (claim.etag !== etag || state === 'open' || (isRetry && state === 'failed')) return undefined;
  if (state === 'asked') return 'another run asks it already';
  if (state === 'succeeded') return 'answered by an earlier run';
  return `failed for good in an earlier run: ${claim.reason ?? 'the claim says no reason'}`;
}
