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
import { plainItem } from './attribute-values.ts';
import { updateOf } from './update-expression.ts';

/** The key of an item. */
export interface ItemKey {
  pk: string;
  sk: string;
}

/** Items that one BatchGetItem takes: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
export const maxItemsPerRead = 100;

/** DynamoDB hands back what it did not get to; as often in a row means that it is throttled. */
const maxReads = 10;

/** The condition that there is no such item yet. */
export const isNew = { ConditionExpression: 'attribute_not_exists(pk)' };

/** The items of one table. */
export type TableItems = ReturnType<typeof tableItems>;

/** One table, item by item, through a client; every change is one conditional write. */
export function tableItems(client: DynamoDBClient, TableName: string) {
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });

  /** Changes an item; false where the condition does not hold. */
  function change(Key: ItemKey, input: Omit<UpdateCommandInput, 'TableName' | 'Key'>): Promise<boolean> {
    return succeeds(documents.send(new UpdateCommand({ TableName, Key, ...input })));
  }

  /** Sets and removes fields under a condition, which may use values of its own; false where it does not hold. */
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
    change,
    updateIf,

    /**
     * Those of these items, at most 100, that are there, in no order.
     *
     * @throws {Throttled} when the table leaves some unread again and again
     */
    async readAll(keys: readonly ItemKey[], { ConsistentRead }: { ConsistentRead: boolean }) {
      const found: Record<string, unknown>[] = [];
      let Keys: Record<string, AttributeValue>[] = [
        ...new Map(keys.map(({ pk, sk }) => [`${pk} ${sk}`, { pk: { S: pk }, sk: { S: sk } }])).values(),
      ];
      for (let reads = 1; Keys.length > 0; reads++) {
        if (reads > maxReads) throw new Throttled(`The table left ${Keys.length} items unread ${maxReads} times.`);
        const { Responses, UnprocessedKeys } = await client.send(
          new BatchGetItemCommand({ RequestItems: { [TableName]: { Keys, ConsistentRead } } }),
        );
        found.push(...(Responses?.[TableName] ?? []).map(plainItem));
        Keys = UnprocessedKeys?.[TableName]?.Keys ?? [];
      }
      return found;
    },

    /** The item as the last write left it. */
    async read(Key: ItemKey): Promise<Record<string, unknown> | undefined> {
      const { Item } = await documents.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
      return Item;
    },

    /** Writes an item whole; false where the condition does not hold. */
    put: (
      Item: ItemKey & Record<string, unknown>,
      condition: Omit<PutCommandInput, 'TableName' | 'Item'>,
    ): Promise<boolean> => succeeds(documents.send(new PutCommand({ TableName, Item, ...condition }))),

    /**
     * Sets and removes fields of an item.
     *
     * @throws when there is none: what is gone stays gone
     */
    async update(key: ItemKey, set: object, remove: readonly string[] = []): Promise<void> {
      if (await change(key, updateOf(set, remove))) return;
      throw new TypeError(`The table has no item ${key.sk} of ${key.pk}, expected the one that is updated.`);
    },

    /** Sets fields of an item that has none of this name yet; false where it has. */
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
