import { type Lease, leaseSchema } from '../../domain/lock/lock.ts';
import { isNew, type TableItems } from './table-items.ts';

const leaseKey = (bucket: string) => ({ pk: `LEASE#${bucket}`, sk: 'LEASE' });

/** The verbs that the steps use on leases. */
export function leaseVerbs({ read, put }: Pick<TableItems, 'read' | 'put'>) {
  return {
    /** The lease on a bucket, or undefined where nobody ever asked for it. */
    async getLease(bucket: string): Promise<Lease | undefined> {
      const item = await read(leaseKey(bucket));
      if (item === undefined) return undefined;
      // It is written as a whole again, with all that it holds but the table's own key.
      const { pk: _pk, sk: _sk, ...fields } = item;
      return leaseSchema.parse(fields);
    },

    /** Replaces the lease if nobody changed it since `previous` was read; false where somebody did. */
    replaceLease: (previous: Lease | undefined, next: Lease): Promise<boolean> =>
      put(
        { ...leaseKey(next.bucket), ...next },
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
