import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { openJobsIndex, openRunsIndex } from '../../lambdas/shared/domain/table-indexes.ts';
import { realClock } from '../../lib/local-aws/clock.ts';
import { createTable } from '../../lib/local-aws/deploy/table.ts';
import { dynamodbService } from '../../lib/local-aws/dynamodb/service.ts';
import { type Intercept, startEndpoint } from '../../lib/local-aws/endpoint.ts';
import { s3Service } from '../../lib/local-aws/s3/service.ts';
import { administrator } from './administrator.ts';

const tableName = 'runs';
const text = (AttributeName: string) => ({ AttributeName, AttributeType: 'S' as const });
const key = (pk: string, sk: string) => [
  { AttributeName: pk, KeyType: 'HASH' as const },
  { AttributeName: sk, KeyType: 'RANGE' as const },
];

/**
 * The local S3 and DynamoDB alone, with both buckets and the table, for what talks to them through real clients.
 *
 * @param options.dataFolder in which S3 may have objects already; removed at the end. Default: a new one
 */
export async function startLocalServices({
  dataFolder = mkdtempSync(join(tmpdir(), 'media-batch-services-')),
  intercept,
}: {
  dataFolder?: string;
  intercept?: Intercept;
} = {}) {
  const clock = realClock();
  const s3 = s3Service({ dataFolder, clock });
  const dynamodb = dynamodbService({
    ...{ dataFolder, accountId: '000000000000', region: 'us-east-1' },
    tables: 'memory',
  });
  const services = { s3: s3.service, dynamodb: dynamodb.service };
  const endpoint = await startEndpoint(0, clock, services, administrator(), intercept);
  const connection = {
    endpoint: endpoint.url,
    region: 'us-east-1',
    credentials: { accessKeyId: 'tester', secretAccessKey: 'anything' },
  };
  const clients = { s3: new S3Client(connection), dynamodb: new DynamoDBClient(connection) };
  for (const bucket of ['media-bucket', 'staging-bucket']) s3.createBucket(bucket);
  await createTable(clients.dynamodb, {
    TableName: tableName,
    KeySchema: key('pk', 'sk'),
    AttributeDefinitions: ['pk', 'sk', 'openJob', 'jobName', 'openRun', 'runId'].map(text),
    GlobalSecondaryIndexes: [
      { IndexName: openJobsIndex.name, KeySchema: key('openJob', 'jobName'), Projection: { ProjectionType: 'ALL' } },
      { IndexName: openRunsIndex.name, KeySchema: key('openRun', 'runId'), Projection: { ProjectionType: 'ALL' } },
    ],
  });
  return {
    ...clients,
    endpoint: endpoint.url,
    bucket: 'media-bucket',
    stagingBucket: 'staging-bucket',
    tableName,
    async close() {
      clients.s3.destroy();
      clients.dynamodb.destroy();
      await endpoint.close();
      await dynamodb.close();
      await s3.close();
      rmSync(dataFolder, { recursive: true, force: true });
    },
  };
}
