import type { S3Client } from '@aws-sdk/client-s3';
import { mediaStore } from '../../../lambdas/shared/aws/s3/media-store.ts';
import { maxKeysPerDelete } from '../../../lambdas/shared/domain/limits.ts';
import { inBatches } from '../../../lambdas/shared/text/batches.ts';

/** How many objects were removed, and which were not. */
export interface RemovedObjects {
  removed: number;
  failures: { key: string; reason: string }[];
}

/** Removes the objects under a prefix that were last written before a time; in a dry run it counts them. */
export async function removeObjects(
  s3: S3Client,
  { bucket, prefix, beforeMs, dryRun }: { bucket: string; prefix: string; beforeMs: number; dryRun?: boolean },
  interrupted: AbortSignal,
): Promise<RemovedObjects> {
  const store = mediaStore(s3, bucket);
  const all: RemovedObjects = { removed: 0, failures: [] };
  for await (const keys of inBatches(oldKeys(), maxKeysPerDelete)) {
    const failures = dryRun ? [] : await store.deleteObjects(keys);
    all.removed += keys.length - failures.length;
    all.failures.push(...failures);
  }
  return all;

  async function* oldKeys(): AsyncGenerator<string> {
    for await (const { key, lastModified } of store.listObjects(prefix)) {
      interrupted.throwIfAborted();
      if (lastModified.getTime() < beforeMs) yield key;
    }
  }
}
