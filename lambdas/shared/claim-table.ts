import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import { type Claim, type ClaimSubject, claimIdOf, claimSchema } from './claims.ts';
import { Throttled } from './errors.ts';
import { isNew, tableItems } from './table-items.ts';

/** Items that one BatchGetItem takes: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
export const maxClaimsPerRead = 100;

/** DynamoDB hands back what it did not get to; as often in a row means that it is throttled. */
const maxReads = 10;

const keyOf = (claimId: string) => ({ pk: `CLAIM#${claimId}`, sk: 'CLAIM' });

/** The verbs that the steps use on claims. */
export type ClaimTable = ReturnType<typeof claimTable>;

/** The claims in the table, through a client; every change is one conditional write. */
export function claimTable(client: DynamoDBClient, tableName: string) {
  const { documents, put, change } = tableItems(client, tableName);

  return {
    /** The claims on these subjects, at most 100, by their `claimIdOf`; one that nobody made is not among them. */
    async readClaims(subjects: readonly ClaimSubject[]): Promise<Map<string, Claim>> {
      const found = new Map<string, Claim>();
      const ids = new Set(subjects.map(claimIdOf));
      let Keys = [...ids].map(keyOf);
      for (let reads = 1; Keys.length > 0; reads++) {
        if (reads > maxReads) throw new Throttled(`The table left ${Keys.length} claims unread ${maxReads} times.`);
        const { Responses, UnprocessedKeys } = await documents.send(
          new BatchGetCommand({ RequestItems: { [tableName]: { Keys, ConsistentRead: true } } }),
        );
        for (const item of Responses?.[tableName] ?? []) {
          const claim = claimSchema.parse(item);
          found.set(claimIdOf(claim), claim);
        }
        const left = UnprocessedKeys?.[tableName]?.Keys ?? [];
        Keys = left.map(({ pk, sk }) => ({ pk: String(pk), sk: String(sk) }));
      }
      return found;
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
