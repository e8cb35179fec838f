import {
  type AttributeValue,
  BatchGetItemCommand,
  ConditionalCheckFailedException,
  type DynamoDBClient,
} from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  type PutCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { Throttled } from '../../domain/errors/errors.ts';
import { formatVersion, requireFormat } from '../../domain/format-version.ts';
import { plainItem } from './attribute-values.ts';

/** The key of an item. */
export interface ItemKey {
  pk: string;
  sk: string;
}

/** DynamoDB returns the keys that it did not read; this many such answers in a row mean that it throttles. */
const maxReads = 10;

/** The condition that the item does not exist yet. */
export const isNew = { ConditionExpression: 'attribute_not_exists(pk)' };

/** Reads and writes the items of one table. */
export type TableItems = ReturnType<typeof tableItems>;

/** Reads and writes the items of one table; every change is one conditional write, and every item names its format. */
export function tableItems(client: DynamoDBClient, TableName: string) {
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });

  /** Returns the item. @throws {UnknownFormat} where it is of another format */
  function checked(item: Record<string, unknown>): Record<string, unknown> {
    requireFormat(item, () => `Item ${item.sk} of ${item.pk} in table ${TableName}`);
    return item;
  }

  /** Changes an item; false if the condition does not hold. */
  function change(Key: ItemKey, input: Omit<UpdateCommandInput, 'TableName' | 'Key'>): Promise<boolean> {
    return succeeds(documents.send(new UpdateCommand({ TableName, Key, ...input })));
  }

  /** Sets and removes fields under a condition, which may have its own values; false if it does not hold. */
  function updateIf(
    key: ItemKey,
    set: object,
    remove: readonly string[],
    condition: string,
    values?: Record<string, unknown>,
  ): Promise<boolean> {
    const input = updateOf(set, remove);
    return change(key, {
      ...input,
      ConditionExpression: `${input.ConditionExpression} AND ${condition}`,
      ExpressionAttributeValues: { ...input.ExpressionAttributeValues, ...values },
    });
  }

  return {
    documents,
    checked,
    change,
    updateIf,

    /**
     * Returns the items that exist, of at most 100 keys, in no order.
     *
     * @throws {Throttled} if the table leaves keys unread again and again
     */
    async readAll(keys: readonly ItemKey[], { ConsistentRead }: { ConsistentRead: boolean }) {
      const found: Record<string, unknown>[] = [];
      let Keys: Record<string, AttributeValue>[] = [
        ...new Map(keys.map(({ pk, sk }) => [`${pk} ${sk}`, { pk: { S: pk }, sk: { S: sk } }])).values(),
      ];
      for (let reads = 1; Keys.length > 0; reads++) {
        if (reads > maxReads)
          throw new Throttled(`The table left ${Keys.length} items unread ${maxReads} times: try again later.`);
        const { Responses, UnprocessedKeys } = await client.send(
          new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead } } }),
        );
        found.push(...(Responses?.[TableName] ?? []).map((item) => checked(plainItem(item))));
        Keys = UnprocessedKeys?.[TableName]?.Keys ?? [];
      }
      return found;
    },

    /** Returns the item as the last write left it. */
    async read(Key: ItemKey): Promise<Record<string, unknown> | undefined> {
      const { Item } = await documents.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
      return Item && checked(Item);
    },

    /** Writes a whole item; false if the condition does not hold. */
    put: (
      Item: ItemKey & Record<string, unknown>,
      condition: Omit<PutCommandInput, 'TableName' | 'Item'>,
    ): Promise<boolean> =>
      succeeds(documents.send(new PutCommand({ TableName, Item: { ...Item, formatVersion }, ...condition }))),

    /**
     * Sets and removes fields of an item, and never creates one: a deleted item stays deleted.
     *
     * @throws if the item does not exist
     */
    async update(key: ItemKey, set: object, remove: readonly string[] = []): Promise<void> {
      if (await change(key, updateOf(set, remove))) return;
      throw new TypeError(
        `The table has no item ${key.sk} of ${key.pk}, which was to be updated: it was deleted meanwhile.`,
      );
    },

    /** Sets fields of an item unless it has this field; false if it has. */
    setOnce: (key: ItemKey, field: string, set: object, remove: readonly string[] = []): Promise<boolean> =>
      updateIf(key, set, remove, `attribute_not_exists(${field})`),
  };
}

async function succeeds(sent: Promise<unknown>): Promise<boolean> {
  try {
    await sent;
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

/** An update that sets the defined fields and removes others, of an existing item only. */
function updateOf(fields: object, remove: readonly string[]): Omit<UpdateCommandInput, 'TableName' | 'Key'> {
  const set = Object.entries(fields).filter(([, value]) => value !== undefined);
  const parts = [`SET ${set.map((_, at) => `#s${at} = :s${at}`).join(', ')}`];
  if (remove.length > 0) parts.push(`REMOVE ${remove.map((_, at) => `#r${at}`).join(', ')}`);
  return {
    UpdateExpression: parts.join(' '),
    ConditionExpression: 'attribute_exists(pk)',
    ExpressionAttributeNames: Object.fromEntries([
      ...set.map(([name], at) => [`#s${at}`, name]),
      ...remove.map((name, at) => [`#r${at}`, name]),
    ]),
    ExpressionAttributeValues: Object.fromEntries(set.map(([, value], at) => [`:s${at}`, value])),
  };
}
