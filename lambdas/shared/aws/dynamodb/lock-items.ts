import { type Lock, lockSchema } from '../../domain/lock/lock.ts';
import { isNew, type TableItems } from './table-items.ts';

const lockKey = (bucket: string) => ({ pk: `LOCK#${bucket}`, sk: 'LOCK' });

/** Reads and replaces the locks of buckets. */
export function lockVerbs({ read, put }: Pick<TableItems, 'read' | 'put'>) {
  return {
    async getLock(bucket: string): Promise<Lock | undefined> {
      const item = await read(lockKey(bucket));
      return item && lockSchema.parse(item);
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
