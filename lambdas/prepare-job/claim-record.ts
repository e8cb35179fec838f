import type { ClaimTable } from '../shared/aws/dynamodb/claim-table.ts';
import { type Claim, whyNotNew } from '../shared/domain/claim/claim.ts';
import type { ClaimStates } from '../shared/domain/claim/claim-states.ts';
import { Throttled } from '../shared/domain/errors/errors.ts';

/** Another claims the same now and then; as often in a row means something else. */
const maxTries = 10;

export interface ClaimRecordDependencies {
  claims: Pick<ClaimTable, 'readClaims' | 'writeClaim'>;
  stateOf: ClaimStates;
  /** Whether what another run has is left to it. */
  newOnly: boolean;
  /** Whether a failure of an earlier run is no reason to leave a record to it. */
  isRetry: boolean;
}

/**
 * Claims a record, in place of the claim that was `read`, and gives undefined; or the reason why it is left to another run. A
 * claim of the same record stays, so that a repeat changes nothing, unless it says that the record came to nothing: a turn before
 * could not send it, and this one may. One of the same run is taken over.
 */
export async function claimRecord(
  claim: Claim,
  read: Claim | undefined,
  { claims, stateOf, newOnly, isRetry }: ClaimRecordDependencies,
): Promise<string | undefined> {
  let held = read;
  for (let tries = 1; tries <= maxTries; tries++) {
    if (held?.recordId === claim.recordId && held.outcome === undefined) return undefined;
    if (newOnly && held !== undefined && held.runId !== claim.runId) {
      const reason = whyNotNew(held, claim.etag, await stateOf(held), isRetry);
      if (reason !== undefined) return reason;
    }
    const before = held?.etag === claim.etag ? await standing(held, stateOf) : undefined;
    if (await claims.writeClaim({ ...claim, before }, held)) return undefined;
    [held] = (await claims.readClaims([claim])).values();
  }
  throw new Throttled(
    `The claim on ${claim.key} changed ${maxTries} times while record ${claim.recordId} asked for it.`,
  );
}

/** What stands of a claim that is replaced: an answer before anything else, then the question that was asked last. */
async function standing({ before, ...held }: Claim, stateOf: ClaimStates): Promise<Claim['before']> {
  const { runId, jobName, recordId } = held;
  const own = await stateOf(held);
  if (own === 'succeeded') return { runId, jobName, recordId };
  if (own !== 'pending' || (before && (await stateOf(before)) === 'succeeded')) return before;
  return { runId, jobName, recordId };
}
