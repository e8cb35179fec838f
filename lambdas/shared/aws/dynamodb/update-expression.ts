import type { UpdateCommandInput } from '@aws-sdk/lib-dynamodb';

/** An update that sets the fields that are defined and removes others; it never makes an item: what is gone stays gone. */
export function updateOf(fields: object, remove: readonly string[]): Omit<UpdateCommandInput, 'TableName' | 'Key'> {
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
