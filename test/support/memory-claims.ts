import { isDeepStrictEqual } from 'node:util';
import type { ClaimTable } from '../../lambdas/shared/aws/dynamodb/claim-table.ts';
import { type Claim, type ClaimSubject, claimIdOf, claimSchema } from '../../lambdas/shared/domain/claim/claim.ts';

/** Claims in memory, with the verbs and conditions of the real ones, and what they are for a test to see. */
export type MemoryClaims = ReturnType<typeof memoryClaims>;

/** No claims yet. */
export function memoryClaims() {
  const claims = new Map<string, Claim>();

  const verbs: ClaimTable = {
    async readClaims(subjects) {
      const ids = subjects.map(claimIdOf);
      return new Map(
        ids.flatMap((id) => {
          const claim = claims.get(id);
          return claim ? [[id, structuredClone(claim)] as const] : [];
        }),
      );
    },
    async writeClaim(claim, previous) {
      const held = claims.get(claimIdOf(claim));
      if (!isDeepStrictEqual(held && identityOf(held), previous && identityOf(previous))) return false;
      put(claim);
      return true;
    },
    async markClaim(claim, outcome, reason) {
      const held = claims.get(claimIdOf(claim));
      if (held === undefined) return false;
      if (held.recordId === claim.recordId) put({ ...held, outcome, reason });
      else if (held.before?.recordId === claim.recordId) put({ ...held, before: undefined });
      else return false;
      return true;
    },
  };

  const identityOf = ({ recordId, outcome, before }: Claim) => [recordId, outcome, before?.recordId];

  function put(claim: Claim): void {
    claims.set(claimIdOf(claim), claimSchema.parse(JSON.parse(JSON.stringify(claim))));
  }

  return {
    ...verbs,
    put,
    get: (subject: ClaimSubject) => claims.get(claimIdOf(subject)),
    all: () => [...claims.values()],
  };
}
