import { recordFingerprint } from '../shared/domain/analysis/analysis.ts';
import type { Claim, ClaimSubject } from '../shared/domain/claim/claim.ts';
import type { Job } from '../shared/domain/job/job.ts';
import { recordIdOf } from '../shared/domain/record/record.ts';
import { type EntryFacts, entryOf } from './ledger-entry.ts';

/** The mark for the claim of a record that did not succeed. */
export interface ClaimMark {
  claim: ClaimSubject & Pick<Claim, 'recordId'>;
  outcome: NonNullable<Claim['outcome']>;
  reason: string;
}

/** Everything that decides the marks of a job. */
export interface MarkFacts extends EntryFacts {
  /** Further attempts that the run may have. */
  retries: number;
}

/**
 * Returns the claims of a job that must be marked, always in the same order: `failed` for failures that would come
 * again, `open` for records that were not sent or not answered, which any run may claim again. In a job without a
 * success an unmarked claim counts as open, so a job that failed as a whole marks none of those.
 */
export function* claimsToMark(job: Pick<Job, 'bucket' | 'attempt'>, facts: MarkFacts): Generator<ClaimMark> {
  const { records, joined, analyses, retries } = facts;
  for (let number = 1; number <= records.count; number++) {
    const answered = joined.outcomes[number];
    if (answered === undefined ? joined.succeeded === 0 : answered.failure === undefined) continue;
    const { outcome, retryable, truncatedAtTokens, reason = '' } = entryOf(number, facts);
    // A new run starts with the same tokens, so an answer truncated in the last attempt would be truncated again.
    const isTruncatedForGood = truncatedAtTokens !== undefined && job.attempt > retries;
    const isPermanent = answered !== undefined && outcome === 'failed' && (retryable !== true || isTruncatedForGood);
    const planned = records.planned(number);
    const asked = analyses.get(planned.analysis);
    if (asked === undefined || planned.prebuilt !== undefined || (!isPermanent && joined.succeeded === 0)) continue;
    const fingerprint = recordFingerprint(asked, planned);
    const claim = { bucket: job.bucket, key: planned.key, fingerprint, recordId: recordIdOf(facts.jobHash, number) };
    yield { claim, outcome: isPermanent ? 'failed' : 'open', reason };
  }
}
