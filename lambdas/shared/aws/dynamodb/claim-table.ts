import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Claim, type ClaimSubject, claimIdOf, claimSchema } from '../../domain/claim/claim.ts';
import { isNew, tableItems } from './table-items.ts';

const keyOf = (claimId: string) => ({ pk: `CLAIM#${claimId}`, sk: 'CLAIM' });

/** Reads and writes claims. */
export type ClaimTable = ReturnType<typeof claimTable>;

/** The claims in the table; every change is one conditional write. */
export function claimTable(client: DynamoDBClient, tableName: string) {
  const { put, change, readAll } = tableItems(client, tableName);

  return {
    /** Returns the claims on at most 100 subjects, by their `claimIdOf`; a subject without a claim is missing. */
    async readClaims(subjects: readonly ClaimSubject[]): Promise<Map<string, Claim>> {
      const items = await readAll(
        subjects.map((subject) => keyOf(claimIdOf(subject))),
        { ConsistentRead: true },
      );
      const found = items.map((item) => claimSchema.parse(item));
      return new Map(found.map((claim) => [claimIdOf(claim), claim]));
    },

    /** Writes a claim in place of the one that was read; false if that one has been replaced or marked meanwhile. */
    writeClaim: (claim: Claim, previous: Claim | undefined): Promise<boolean> =>
      put({ ...keyOf(claimIdOf(claim)), ...claim }, previous === undefined ? isNew : isStill(previous)),

    /**
     * Marks the outcome of a claim; if another record has the media by now, removes the claim from that one's `before`.
     *
     * @returns false if neither applies
     */
    async markClaim(
      claim: ClaimSubject & Pick<Claim, 'recordId'>,
      outcome: NonNullable<Claim['outcome']>,
      reason: string,
    ): Promise<boolean> {
      const key = keyOf(claimIdOf(claim));
      const isMarked = await change(key, {
        UpdateExpression: 'SET #outcome = :outcome, reason = :reason',
        ConditionExpression: 'recordId = :recordId',
        ExpressionAttributeNames: { '#outcome': 'outcome' },
        ExpressionAttributeValues: { ':outcome': outcome, ':reason': reason, ':recordId': claim.recordId },
      });
      if (isMarked) return true;
      return change(key, {
        UpdateExpression: 'REMOVE #before',
        ConditionExpression: '#before.recordId = :recordId',
        ExpressionAttributeNames: { '#before': 'before' },
        ExpressionAttributeValues: { ':recordId': claim.recordId },
      });
    },
  };
}

/** The condition that a claim is unchanged: its record, its outcome and the claim before it. */
function isStill({ recordId, outcome, before }: Claim) {
  const conditions = ['recordId = :recordId'];
  conditions.push(outcome ? '#outcome = :outcome' : 'attribute_not_exists(#outcome)');
  conditions.push(before ? '#before.recordId = :before' : 'attribute_not_exists(#before)');
  return {
    ConditionExpression: conditions.join(' AND '),
    ExpressionAttributeNames: { '#outcome': 'outcome', '#before': 'before' },
    ExpressionAttributeValues: {
      ':recordId': recordId,
      ...(outcome && { ':outcome': outcome }),
      ...(before && { ':before': before.recordId }),
    },
  };
}
