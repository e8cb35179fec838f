import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  type DynamoDBClient,
  type GlobalSecondaryIndexUpdate,
  ResourceInUseException,
  UpdateTableCommand,
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

/**
 * Creates a table on demand, or finds it from an earlier deployment and gives it the index that it lacks, or takes away the one
 * that it has too many.
 *
 * @throws when more than one index differs, which CloudFormation refuses:
 * https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-resource-dynamodb-table.html
 */
export async function createTable(client: DynamoDBClient, table: CreateTableCommandInput): Promise<void> {
  const { TableName, AttributeDefinitions, GlobalSecondaryIndexes: wanted = [] } = table;
  try {
    await client.send(new CreateTableCommand({ ...table, BillingMode: 'PAY_PER_REQUEST' }));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  const there = await indexesOf(client, TableName);
  const names = wanted.map(({ IndexName }) => IndexName);
  const updates: GlobalSecondaryIndexUpdate[] = [
    ...there.filter((name) => !names.includes(name)).map((IndexName) => ({ Delete: { IndexName } })),
    ...wanted.filter(({ IndexName }) => !there.includes(IndexName)).map((index) => ({ Create: index })),
  ];
  if (updates.length === 0) return;
  if (updates.length === 1) {
    const update = { TableName, AttributeDefinitions, GlobalSecondaryIndexUpdates: updates };
    await client.send(new UpdateTableCommand(update));
    return;
  }
  const indexes = (list: (string | undefined)[]) => `the indexes [${list.toSorted().join(', ')}]`;
  throw new Error(
    `The table has ${indexes(there)}, expected ${indexes(names)}, and one may change at once: use a new data folder.`,
  );
}

/** Resolves when the table can be used. */
async function indexesOf(client: DynamoDBClient, TableName: string | undefined): Promise<(string | undefined)[]> {
  for (;;) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName }));
    if (Table?.TableStatus === 'ACTIVE') return (Table.GlobalSecondaryIndexes ?? []).map(({ IndexName }) => IndexName);
  }
}
