import { ConditionalCheckFailedException, type DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  type PutCommandInput,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import { updateOf } from './update-expression.ts';

/** The key of an item. */
export interface ItemKey {
  pk: string;
  sk: string;
}

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
