import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/**
 * Converts an item from DynamoDB's notation to plain values. The document client does the same, but for a hundred keys
 * in and a few items out it takes longer than the request.
 *
 * https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_AttributeValue.html
 */
export function plainItem(item: Record<string, AttributeValue>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(item).map(([name, value]) => [name, plainValue(value)]));
}

function plainValue(value: AttributeValue): unknown {
  if (value.S !== undefined) return value.S;
  if (value.N !== undefined) return Number(value.N);
  if (value.BOOL !== undefined) return value.BOOL;
  if (value.M !== undefined) return plainItem(value.M);
  if (value.L !== undefined) return value.L.map(plainValue);
  if (value.NULL !== undefined) return null;
  throw new TypeError(`An item has a value of kind ${Object.keys(value).join()}, expected S, N, BOOL, M, L or NULL.`);
}
