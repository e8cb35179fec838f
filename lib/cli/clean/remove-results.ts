import type { S3Client } from '@aws-sdk/client-s3';
import { mediaStore } from '../../../lambdas/shared/aws/s3/media-store.ts';

/** What became of results that a person asked to be removed. */
export interface RemovedResults {
  removed: number;
  failures: { key: string; reason: string }[];
}

const keysPerDelete = 1000;

/**
 * Removes results that were last written before a time, or in a dry run counts them. With the permissions of whoever asks: no function of
 * the stack may delete a result, so that none ever does unasked.
 */
export async function removeResults(
  s3: S3Client,
  { bucket, prefix, beforeMs, dryRun }: { bucket: string; prefix: string; beforeMs: number; dryRun: boolean },
  interrupted: AbortSignal,
): Promise<RemovedResults> {
  const store = mediaStore(s3, bucket);
  const all: RemovedResults = { removed: 0, failures: [] };
  let batch: string[] = [];
  for await (const { key, lastModified } of store.listObjects(prefix)) {
    interrupted.throwIfAborted();
    if (lastModified.getTime() >= beforeMs) continue;
    batch.push(key);
    if (batch.length === keysPerDelete) await remove();
  }
  await remove();
  return all;

  async function remove(): Promise<void> {
    const failures = dryRun || batch.length === 0 ? [] : await store.deleteObjects(batch);
    all.removed += batch.length - failures.length;
    all.failures.push(...failures);
    batch = [];
  }
}
