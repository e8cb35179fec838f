import type { ClaimTable } from '../shared/aws/dynamodb/claim-table.ts';
import { type Claim, whyNotNew } from '../shared/domain/claim/claim.ts';
import type { ClaimStates } from '../shared/domain/claim/claim-states.ts';
import { Throttled } from '../shared/domain/errors/errors.ts';

/** Lost races in a row: another run may claim the same, but not this often. */
const maxTries = 10;

export interface ClaimRecordDependencies {
  claims: Pick<ClaimTable, 'readClaims' | 'writeClaim'>;
  stateOf: ClaimStates;
  /** Records of another run are left to it. */
  newOnly: boolean;
  /** A final failure in an earlier run is sent again. */
  isRetry: boolean;
}

/**
 * Claims a record in place of the claim that was `read`. Returns undefined, or the reason why the record is left to
 * another run.
 *
 * A claim of the same record stays, so that a repeat changes nothing, unless it is marked open: an earlier turn could
 * not send it. A claim of the same run is taken over.
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

/** The claim to keep behind a replaced one: an answer first, else the last question. */
async function standing({ before, ...held }: Claim, stateOf: ClaimStates): Promise<Claim['before']> {
  const { runId, jobName, recordId } = held;
  const own = await stateOf(held);
  if (own === 'succeeded') return { runId, jobName, recordId };
  if (own !== 'pending' || (before && (await stateOf(before)) === 'succeeded')) return before;
  return { runId, jobName, recordId };
}
