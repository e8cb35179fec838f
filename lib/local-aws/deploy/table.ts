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

/**
 * Creates a table on demand, or finds it from an earlier deployment.
 *
 * @throws when the table that is there has other indexes
 */
export async function createTable(client: DynamoDBClient, table: CreateTableCommandInput): Promise<void> {
  try {
    await client.send(new CreateTableCommand({ ...table, BillingMode: 'PAY_PER_REQUEST' }));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
  for (;;) {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: table.TableName }));
    if (Table?.TableStatus !== 'ACTIVE') continue;
    const [there, wanted] = [indexesOf(Table), indexesOf(table)];
    if (there === wanted) return;
    throw new Error(`The table in the data folder has ${there}, expected ${wanted}: use a new data folder.`);
  }
}

function indexesOf({ GlobalSecondaryIndexes = [] }: { GlobalSecondaryIndexes?: { IndexName?: string }[] }): string {
  const names = GlobalSecondaryIndexes.map(({ IndexName }) => IndexName).sort();
  return `the indexes [${names.join(', ')}]`;
}
