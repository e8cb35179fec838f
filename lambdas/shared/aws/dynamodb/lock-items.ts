import { type Lock, lockSchema } from '../../domain/lock/lock.ts';
import { isNew, type TableItems } from './table-items.ts';

const lockKey = (bucket: string) => ({ pk: `LOCK#${bucket}`, sk: 'LOCK' });

/** The verbs that the steps use on locks. */
export function lockVerbs({ read, put }: Pick<TableItems, 'read' | 'put'>) {
  return {
    async getLock(bucket: string): Promise<Lock | undefined> {
      const item = await read(lockKey(bucket));
      if (item === undefined) return undefined;
      // It is written as a whole again, with all that it holds but the table's own key.
      const { pk: _pk, sk: _sk, ...fields } = item;
      return lockSchema.parse(fields);
    },

    replaceLock: (previous: Lock | undefined, next: Lock): Promise<boolean> =>
      put(
        { ...lockKey(next.bucket), ...next },
        previous === undefined
          ? isNew
          : {
              ConditionExpression: '#version = :version',
              ExpressionAttributeNames: { '#version': 'version' },
              ExpressionAttributeValues: { ':version': previous.version },
            },
      ),
  };
}
