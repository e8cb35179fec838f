import { BatchGetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import pMap from 'p-map';
import { claimIdOf } from '../../../lambdas/shared/domain/claim/claim.ts';
import { recordIdOf } from '../../../lambdas/shared/domain/record/record.ts';
import type { MeasuredStep } from '../step.ts';
import { callsOfReading, jobNameOf, jobOf, mediaAt, summary, upTo } from './given.ts';
import { prepare, prepareEvent } from './prepare.ts';

/** As many claims are written at a time. */
const concurrency = 16;

/**
 * All of `Prepare job`, which claims each record before it writes the input: a conditional write each, which is what
 * takes time.
 */
export const claims: MeasuredStep = {
  ...prepare,
  limit: undefined,
  floor: 'reading and writing the same claims, then the upload',
  sizes: [1_000, 10_000],
  quickSizes: [500],
  event: prepareEvent,

  async prepareFloor(lane, clients) {
    const { dynamodb, tableName: TableName } = clients;
    const upload = await prepare.prepareFloor(lane, clients);
    const { jobHash } = jobOf({ ...lane, size: 1 });
    const { bucket, runId } = lane;
    const { fingerprint } = summary;
    const keyOf = (key: string) => ({
      pk: { S: `CLAIM#${claimIdOf({ bucket, key, fingerprint })}` },
      sk: { S: 'CLAIM' },
    });
    return async () => {
      for (let at = 0; at < lane.size; at += 100) {
        const numbers = [...upTo(Math.min(100, lane.size - at))].map((offset) => at + offset);
        const Keys = numbers.map((number) => keyOf(mediaAt(number).key));
        await dynamodb.send(new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead: true } } }));
        await pMap(numbers, putClaim, { concurrency });
      }
      await upload();
    };

    async function putClaim(number: number): Promise<void> {
      const { key, etag } = mediaAt(number);
      const texts = { bucket, key, fingerprint, etag, runId, jobName: jobNameOf(runId) };
      const recordId = recordIdOf(jobHash, number + 1);
      const fields = Object.entries({ ...texts, recordId }).map(([name, S]) => [name, { S }] as const);
      const Item = { ...keyOf(key), ...Object.fromEntries(fields) };
      await dynamodb.send(new PutItemCommand({ TableName, Item, ConditionExpression: 'attribute_not_exists(pk)' }));
    }
  },

  leastCalls(lane) {
    const least = prepare.leastCalls(lane);
    return {
      ...least,
      // The list is read to claim, and again to write.
      's3 GET': (least['s3 GET'] ?? 0) + callsOfReading(jobOf(lane).recordsBytes),
      'dynamodb BatchGetItem': Math.ceil(lane.size / 100),
      'dynamodb PutItem': lane.size,
    };
  },
};
