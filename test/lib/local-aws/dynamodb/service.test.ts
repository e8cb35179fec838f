import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BatchGetItemCommand,
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  QueryCommand,
} from '@aws-sdk/client-dynamodb';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { realClock } from '../../../../lib/local-aws/clock.ts';
import { dynamodbService } from '../../../../lib/local-aws/dynamodb/service.ts';
import { startEndpoint } from '../../../../lib/local-aws/endpoint.ts';
import { createAccess, credentialsOf } from '../../../../lib/local-aws/iam/access.ts';
import { policySchema } from '../../../../lib/local-aws/iam/statements.ts';

let dataFolder: string;
let dynamodb: Awaited<ReturnType<typeof start>>;

beforeEach(async () => {
  dataFolder = mkdtempSync(join(tmpdir(), 'dynamodb-'));
  dynamodb = await start();
  await dynamodb.client.send(
    new CreateTableCommand({
      TableName: 'runs',
      BillingMode: 'PAY_PER_REQUEST',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      AttributeDefinitions: ['pk', 'open'].map((AttributeName) => ({ AttributeName, AttributeType: 'S' })),
      GlobalSecondaryIndexes: [
        {
          IndexName: 'open-jobs',
          KeySchema: [{ AttributeName: 'open', KeyType: 'HASH' }],
          Projection: { ProjectionType: 'ALL' },
        },
      ],
    }),
  );
  while ((await describeTable()).TableStatus !== 'ACTIVE');
});

afterEach(async () => {
  await dynamodb.close();
  rmSync(dataFolder, { recursive: true });
});

async function start() {
  const { service, close } = dynamodbService({ dataFolder, accountId: '000000000000', region: 'eu-central-1' });
  const access = createAccess('000000000000');
  const endpoint = await startEndpoint(0, realClock(), { dynamodb: service }, access);
  const connection = { endpoint: endpoint.url, region: 'eu-central-1' };
  const client = new DynamoDBClient({
    ...connection,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  return {
    url: endpoint.url,
    client,
    /** A client with the keys of a role that has these statements. */
    clientAs(...Statement: object[]) {
      const roleArn = 'arn:aws:iam::000000000000:role/step';
      access.addRole(roleArn, []);
      access.addToRole(roleArn, policySchema.parse({ Version: '2012-10-17', Statement }));
      return new DynamoDBClient({ ...connection, credentials: credentialsOf(roleArn) });
    },
    async close() {
      client.destroy();
      await endpoint.close();
      await close();
    },
  };
}

async function describeTable() {
  const { Table } = await dynamodb.client.send(new DescribeTableCommand({ TableName: 'runs' }));
  return Table ?? {};
}

const put = (item: Record<string, string>, ConditionExpression?: string) =>
  dynamodb.client.send(
    new PutItemCommand({
      TableName: 'runs',
      Item: Object.fromEntries(Object.entries(item).map(([name, S]) => [name, { S }])),
      ConditionExpression,
    }),
  );

const get = async (pk: string) =>
  (await dynamodb.client.send(new GetItemCommand({ TableName: 'runs', Key: { pk: { S: pk } } }))).Item;

it('keeps items, under conditions', async () => {
  await put({ pk: 'RUN#1', status: 'Planning' });

  const second = put({ pk: 'RUN#1', status: 'Running' }, 'attribute_not_exists(pk)').catch((error) => error);

  expect(await second).toMatchObject({ name: 'ConditionalCheckFailedException' });
  expect(await get('RUN#1')).toEqual({ pk: { S: 'RUN#1' }, status: { S: 'Planning' } });
});

it('finds only the items of a sparse index that have its attribute', async () => {
  await put({ pk: 'JOB#1', open: 'open' });
  await put({ pk: 'JOB#2' });

  const { Items } = await dynamodb.client.send(
    new QueryCommand({
      TableName: 'runs',
      IndexName: 'open-jobs',
      KeyConditionExpression: '#open = :open',
      ExpressionAttributeNames: { '#open': 'open' },
      ExpressionAttributeValues: { ':open': { S: 'open' } },
    }),
  );

  expect(Items).toEqual([{ pk: { S: 'JOB#1' }, open: { S: 'open' } }]);
});

it('has tables and items again after a restart', async () => {
  await put({ pk: 'RUN#1' });

  await dynamodb.close();
  dynamodb = await start();

  expect(await get('RUN#1')).toEqual({ pk: { S: 'RUN#1' } });
});

it('names its tables in the Region that it was started for, and leaves the environment as it was', async () => {
  expect((await describeTable()).TableArn).toBe('arn:aws:dynamodb:eu-central-1:000000000000:table/runs');
  expect(process.env.AWS_REGION).not.toBe('eu-central-1');
});

it('survives a caller that disconnects in the middle of its request', async () => {
  const { hostname, port } = new URL(dynamodb.url);
  const socket = connect(Number(port), hostname);
  const authorization = 'AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/dynamodb/aws4_request';
  socket.write(
    `POST / HTTP/1.1\r\nhost: local\r\nauthorization: ${authorization}\r\ncontent-length: 100\r\n\r\n{"Table`,
  );
  await new Promise((resolve) => setImmediate(resolve));
  socket.resetAndDestroy();

  await put({ pk: 'RUN#2' });

  expect(await get('RUN#2')).toEqual({ pk: { S: 'RUN#2' } });
});

it('ends in the middle of many calls, and has all that it answered after a restart', async () => {
  const calls = Array.from({ length: 60 }, (_, number) => put({ pk: `RUN#${number}` }).then(() => `RUN#${number}`));
  const settled = Promise.allSettled(calls);
  await Promise.any(calls);
  await dynamodb.close();
  const answered = (await settled).flatMap((call) => (call.status === 'fulfilled' ? call.value : []));
  dynamodb = await start();

  expect(answered).not.toEqual([]);
  for (const pk of answered) expect(await get(pk)).toEqual({ pk: { S: pk } });
});

const tableArn = 'arn:aws:dynamodb:eu-central-1:000000000000:table/runs';
const denied = { name: 'AccessDeniedException', $metadata: { httpStatusCode: 400 } };

it('lets a role do what its policies allow on a table, and nothing else', async () => {
  const asRole = dynamodb.clientAs({ Effect: 'Allow', Action: 'dynamodb:GetItem', Resource: tableArn });
  await put({ pk: 'run-1' });
  const getFrom = (TableName: string) => asRole.send(new GetItemCommand({ TableName, Key: { pk: { S: 'run-1' } } }));

  expect((await getFrom('runs')).Item).toEqual({ pk: { S: 'run-1' } });
  await expect(getFrom('others')).rejects.toMatchObject(denied);
  await expect(asRole.send(new PutItemCommand({ TableName: 'runs', Item: { pk: { S: 'run-1' } } }))).rejects.toThrow(
    /assumed-role\/step\/local is not authorized to perform: dynamodb:PutItem on resource: .*:table\/runs because/,
  );
});

it('judges a query of an index by the index, and a batch by each of its tables', async () => {
  const asRole = dynamodb.clientAs(
    { Effect: 'Allow', Action: 'dynamodb:Query', Resource: `${tableArn}/index/open-jobs` },
    { Effect: 'Allow', Action: 'dynamodb:BatchGetItem', Resource: tableArn },
  );
  const query = (IndexName: string | undefined, name: string) =>
    asRole.send(
      new QueryCommand({
        TableName: 'runs',
        IndexName,
        KeyConditionExpression: '#key = :value',
        ExpressionAttributeNames: { '#key': name },
        ExpressionAttributeValues: { ':value': { S: 'a' } },
      }),
    );
  const batch = (...tables: string[]) => {
    const RequestItems = Object.fromEntries(tables.map((name) => [name, { Keys: [{ pk: { S: 'run-1' } }] }]));
    return asRole.send(new BatchGetItemCommand({ RequestItems }));
  };

  expect((await query('open-jobs', 'open')).Items).toEqual([]);
  await expect(query(undefined, 'pk')).rejects.toMatchObject(denied);
  expect((await batch('runs')).Responses).toEqual({ runs: [] });
  await expect(batch('runs', 'others')).rejects.toMatchObject(denied);
});
