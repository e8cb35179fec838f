import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { type Claim, type ClaimSubject, claimIdOf, claimSchema } from '../../domain/claim/claim.ts';
import { isNew, tableItems } from './table-items.ts';

const keyOf = (claimId: string) => ({ pk: `CLAIM#${claimId}`, sk: 'CLAIM' });

/** The verbs that the steps use on claims. */
export type ClaimTable = ReturnType<typeof claimTable>;

/** The claims in the table, through a client; every change is one conditional write. */
export function claimTable(client: DynamoDBClient, tableName: string) {
  const { put, change, readAll } = tableItems(client, tableName);

  return {
    /** The claims on these subjects, at most 100, by their `claimIdOf`; one that nobody made is not among them. */
    async readClaims(subjects: readonly ClaimSubject[]): Promise<Map<string, Claim>> {
      const items = await readAll(
        subjects.map((subject) => keyOf(claimIdOf(subject))),
        { ConsistentRead: true },
      );
      const found = items.map((item) => claimSchema.parse(item));
      return new Map(found.map((claim) => [claimIdOf(claim), claim]));
    },

    /** Makes a claim in place of the one that was read; false where another has come, or something came of it, meanwhile. */
    writeClaim: (claim: Claim, previous: Claim | undefined): Promise<boolean> =>
      put({ ...keyOf(claimIdOf(claim)), ...claim }, previous === undefined ? isNew : isStill(previous)),

    /**
     * Writes down what came of a claim. Where another record has the media by now, it may hold this one as the claim before its
     * own, and lets go of it then.
     *
     * @returns false where neither is so
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

/** The condition that a claim is as it was read: whose it is, what came of it, and which one was before it. */
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
