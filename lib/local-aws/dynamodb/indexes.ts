import { z } from 'zod';

const keySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.string() }));
const indexSchema = z.object({ IndexName: z.string(), KeySchema: keySchema, Projection: z.unknown() });
const definitions = z.array(z.object({ AttributeName: z.string(), AttributeType: z.string() })).default([]);
const tableSchema = z.object({
  KeySchema: keySchema,
  AttributeDefinitions: definitions,
  GlobalSecondaryIndexes: z.array(indexSchema).default([]),
});
const scanSchema = z.object({ Items: z.array(z.unknown()), LastEvaluatedKey: z.unknown().optional() });
const statusSchema = z.object({ Table: z.object({ TableStatus: z.string() }).optional() });

/** An UpdateTable that makes or removes an index: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTable.html */
export const indexUpdateSchema = z.object({
  TableName: z.string(),
  AttributeDefinitions: definitions,
  // One at a time, for CloudFormation as for the API.
  GlobalSecondaryIndexUpdates: z.tuple([
    z.union([z.object({ Create: indexSchema }), z.object({ Delete: z.object({ IndexName: z.string() }) })]),
  ]),
});

/** Carries out an operation in dynalite; what it answers may be an error. */
export type Call = (operation: string, input: object) => Promise<unknown>;

/** Gives a table other indexes. dynalite has no way to, so the table is made anew with its items: nobody else may use it meanwhile. */
export async function changeIndexes(call: Call, update: z.output<typeof indexUpdateSchema>): Promise<void> {
  const { TableName } = update;
  const [change] = update.GlobalSecondaryIndexUpdates;
  const { Table } = z.object({ Table: tableSchema }).parse(await call('DescribeTable', { TableName }));
  const there = Table.GlobalSecondaryIndexes;
  const GlobalSecondaryIndexes =
    'Create' in change
      ? [...there, change.Create]
      : there.filter(({ IndexName }) => IndexName !== change.Delete.IndexName);
  const keys = [Table, ...GlobalSecondaryIndexes].flatMap(({ KeySchema }) => KeySchema);
  const known = [...Table.AttributeDefinitions, ...update.AttributeDefinitions];
  const names = new Set(keys.map(({ AttributeName }) => AttributeName));
  const AttributeDefinitions = [...names].map((name) => known.find(({ AttributeName }) => AttributeName === name));

  const items: unknown[] = [];
  let ExclusiveStartKey: unknown;
  do {
    const page = scanSchema.parse(await call('Scan', { TableName, ExclusiveStartKey }));
    items.push(...page.Items);
    ExclusiveStartKey = page.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  const untilIs = async (status: string | undefined) => {
    while (statusSchema.parse(await call('DescribeTable', { TableName })).Table?.TableStatus !== status);
  };
  await call('DeleteTable', { TableName });
  await untilIs(undefined);
  const indexes = GlobalSecondaryIndexes.length > 0 && { GlobalSecondaryIndexes };
  const { KeySchema } = Table;
  await call('CreateTable', {
    ...{ TableName, KeySchema, AttributeDefinitions, BillingMode: 'PAY_PER_REQUEST' },
    ...indexes,
  });
  await untilIs('ACTIVE');
  for (const Item of items) await call('PutItem', { TableName, Item });
}
