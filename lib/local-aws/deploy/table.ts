import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  ResourceInUseException,
} from '@aws-sdk/client-dynamodb';
import { z } from 'zod';

const keySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }));

/** What CreateTable needs of a table in the template. */
export const tableSchema = z.object({
  KeySchema: keySchema,
  AttributeDefinitions: z.array(z.object({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) })),
  GlobalSecondaryIndexes: z
    .array(
      z.object({
        IndexName: z.string(),
        KeySchema: keySchema,
        Projection: z.object({
          ProjectionType: z.enum(['ALL', 'KEYS_ONLY', 'INCLUDE']),
          NonKeyAttributes: z.array(z.string()).optional(),
        }),
      }),
    )
    .optional(),
});

/** Creates a table on demand, or finds it from an earlier deployment. @throws when that one has other indexes */
export async function createTable(client: DynamoDBClient, table: CreateTableCommandInput): Promise<void> {
  const { TableName, GlobalSecondaryIndexes = [] } = table;
  try {
    await client.send(new CreateTableCommand({ ...table, BillingMode: 'PAY_PER_REQUEST' }));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  const there = await indexesOf(client, TableName);
  const wanted = GlobalSecondaryIndexes.map(({ IndexName }) => IndexName);
  const list = (names: (string | undefined)[]) => `[${names.toSorted().join(', ')}]`;
  if (list(there) === list(wanted)) return;
  throw new Error(`The table has the indexes ${list(there)}, not ${list(wanted)}: use a new data folder`);
}

/** Resolves when the table can be used. */
async function indexesOf(client: DynamoDBClient, TableName: string | undefined): Promise<(string | undefined)[]> {
  for (;;) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    if (Table?.TableStatus === 'ACTIVE') return (Table.GlobalSecondaryIndexes ?? []).map(({ IndexName }) => IndexName);
  }
}
