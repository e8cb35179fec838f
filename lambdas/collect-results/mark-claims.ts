import { recordFingerprint } from '../shared/domain/analysis/analysis.ts';
import type { Claim, ClaimSubject } from '../shared/domain/claim/claim.ts';
import type { Job } from '../shared/domain/job/job.ts';
import { recordIdOf } from '../shared/domain/record/record.ts';
import { type EntryFacts, entryOf } from './ledger-entry.ts';

/** What is to be written on the claim of a record that did not succeed. */
export interface ClaimMark {
  claim: ClaimSubject & Pick<Claim, 'recordId'>;
  outcome: NonNullable<Claim['outcome']>;
  reason: string;
}

/** All that decides about the claims of a job. */
export interface MarkFacts extends EntryFacts {
  /** Further attempts that the run may have. */
  retries: number;
}

/**
 * The claims of a job that have to be marked, always in the same order: those of failures that would come again, so that nobody
 * asks for them again, and those that came to nothing or were never sent, so that somebody may. Of a job without a single success
 * an unmarked claim counts as one that came to nothing, so a job that failed as a whole writes none.
 */
export function* claimsToMark(job: Pick<Job, 'bucket' | 'attempt'>, facts: MarkFacts): Generator<ClaimMark> {
  const { records, joined, analyses, retries } = facts;
  for (let number = 1; number <= records.count; number++) {
    const answered = joined.outcomes[number];
    if (answered === undefined ? joined.succeeded === 0 : answered.failure === undefined) continue;
    const { outcome, retryable, truncatedAtTokens, reason = '' } = entryOf(number, facts);
    // A new run begins with as little room as this one, so an answer that is truncated in the last attempt would be truncated again.
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
