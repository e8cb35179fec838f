import { BatchGetItemCommand } from '@aws-sdk/client-dynamodb';
import { paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { BatchWriteCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import pMap from 'p-map';
import { mediaSample } from '../../../lambdas/plan-run/estimate/estimate-sample.ts';
import { mediaFactsTable } from '../../../lambdas/shared/aws/dynamodb/media-facts-table.ts';
import { runTable } from '../../../lambdas/shared/aws/dynamodb/run-table.ts';
import { type Claim, claimIdOf } from '../../../lambdas/shared/domain/claim/claim.ts';
import { planRunOutputSchema } from '../../../lambdas/shared/domain/state.ts';
import { startOfStory } from '../../support/factories.ts';
import type { Clients, Lane, MeasuredStep } from '../step.ts';
import { callsOfReading, callsOfUpload, jobOf, mediaAt, seedJob, summary, upTo } from './given.ts';

/** Of ten media one was answered by an earlier run. */
const oneOf = 10;

const claimKey = (bucket: string, key: string) => ({
  pk: `CLAIM#${claimIdOf({ bucket, key, fingerprint: summary.fingerprint })}`,
  sk: 'CLAIM',
});

/** Media that an estimate looks into, whose facts an earlier run has read. */
const maxSampled = 2000;

/** Planning everything in a bucket that is new. */
export const plan: MeasuredStep = {
  load: () => import('../../../lambdas/plan-run/handler.ts'),
  limit: 1.3,
  floor: 'a bare loop over the same listings and reads with the SDK',
  sizes: [10_000, 100_000, 1_000_000],
  quickSizes: [2_000],
  *objects({ size }) {
    for (const number of upTo(size)) yield mediaAt(number);
  },

  async seedTable(lane, clients) {
    await seedEarlierRun(lane, clients);
    const sample = mediaSample(maxSampled);
    for (const number of upTo(lane.size)) {
      if (number % oneOf !== 0) sample.ask(mediaAt(number), 'any');
    }
    const facts = mediaFactsTable(clients.dynamodb, clients.tableName, Date.now);
    await pMap(sample.media(), (media) => facts.writeFacts(media, { format: 'mp4', seconds: 60 }), { concurrency: 16 });
  },

  event: ({ runId }) => ({
    ...{ executionArn: `arn:${runId}`, executionName: runId, startedAt: new Date(startOfStory).toISOString() },
    input: { media: { prefixes: ['proxies/'], newOnly: true }, analyses: ['summary'] },
  }),
  isDone: (answer) => planRunOutputSchema.parse(answer).jobs.length > 0,

  prepareFloor: async ({ bucket }, { s3, dynamodb, tableName }) => {
    async function* objects(Prefix: string) {
      const pages = paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix });
      for await (const { Contents = [] } of pages) yield Contents;
    }
    async function* batches() {
      for await (const page of objects('proxies/')) {
        for (let at = 0; at < page.length; at += 100) yield page.slice(at, at + 100);
      }
    }
    return async () => {
      for await (const page of objects('')) page.reduce((sum, { Size = 0 }) => sum + Size, 0);
      await pMap(
        batches(),
        async (batch) => {
          const Keys = batch.map(({ Key = '' }) => {
            const { pk, sk } = claimKey(bucket, Key);
            return { pk: { S: pk }, sk: { S: sk } };
          });
          const RequestItems = { [tableName]: { Keys, ConsistentRead: true } };
          await dynamodb.send(new BatchGetItemCommand({ RequestItems }));
        },
        { concurrency: 4 },
      );
    };
  },

  leastCalls({ size }) {
    const asked = size - Math.ceil(size / oneOf);
    const listBytes = asked * (JSON.stringify({ ...mediaAt(0), analysis: 'summary' }).length + 1);
    const skippedBytes = (size - asked) * 120;
    const [list, skipped] = [callsOfUpload(listBytes), callsOfUpload(skippedBytes)];
    return {
      's3 LIST': 2 * Math.ceil(size / 1000),
      's3 GET': callsOfReading(listBytes) + callsOfReading(skippedBytes),
      's3 PUT': list.put + 2 * skipped.put,
      's3 POST': list.post + 2 * skipped.post,
      'dynamodb BatchGetItem': Math.ceil(size / 100) + Math.ceil(Math.min(asked, maxSampled) / 100),
    };
  },
};

/** An earlier run that has answered a tenth of the media. */
async function seedEarlierRun(lane: Lane, clients: Clients): Promise<void> {
  const { bucket, size } = lane;
  const runId = `${lane.runId}-before`;
  const answered = Math.ceil(size / oneOf);
  const records = { submitted: answered, succeeded: answered, failed: 0, missing: 0 };
  const none = {
    skipped: 0,
    retryable: 0,
    inputTokens: 0,
    outputTokens: 0,
    outputLines: 0,
    duplicateLines: 0,
    foreignLines: 0,
  };
  const job = jobOf(
    { runId, bucket, size: 1 },
    { collected: { ledgerKey: 'any', records, ...none, foreignFiles: [] } },
  );
  await seedJob(job, clients);
  await runTable(clients.dynamodb, clients.tableName).finishRun(runId, { status: 'Succeeded' });
  const documents = DynamoDBDocumentClient.from(clients.dynamodb);
  const claims = [...upTo(answered)].map((number): Claim => {
    const { key, etag } = mediaAt(number * oneOf);
    const { runId, jobName } = job;
    return { bucket, key, fingerprint: summary.fingerprint, etag, runId, jobName, recordId: `of-${number}` };
  });
  const batches = [...upTo(Math.ceil(claims.length / 25))].map((at) => claims.slice(at * 25, (at + 1) * 25));
  const write = (batch: readonly Claim[]) => {
    const puts = batch.map((claim) => ({
      PutRequest: { Item: { ...claimKey(bucket, claim.key), ...claim, formatVersion: 1 } },
    }));
    return documents.send(new BatchWriteCommand({ RequestItems: { [clients.tableName]: puts } }));
  };
  await pMap(batches, write, { concurrency: 4 });
}
