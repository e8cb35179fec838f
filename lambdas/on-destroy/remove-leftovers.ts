import { isNoSuchBucket, isRetryable, Throttled, unlessNoBucket } from '../shared/domain/errors/errors.ts';
import type { Job } from '../shared/domain/job/job.ts';
import { ownerOf, runIdIn } from '../shared/domain/job/scan-folder.ts';
import { maxKeysPerDelete } from '../shared/domain/limits.ts';
import type { MediaStore } from '../shared/domain/ports/media-store.ts';
import type { RunTable } from '../shared/domain/ports/run-table.ts';
import { inBatches } from '../shared/text/batches.ts';

type Store = Pick<MediaStore, 'listObjects' | 'headObject' | 'deleteObjects'>;

export interface RemoveLeftoversDependencies {
  table: Pick<RunTable, 'findJob'>;
  /** The media bucket. */
  store: Store;
  /** The bucket of staged jobs, which is deleted with the stack. */
  staging: Pick<MediaStore, 'listObjects' | 'deleteObjects'>;
  stagingPrefix: string;
}

/**
 * Removes inputs and copies that interrupted functions left of closed jobs, and everything in the staging bucket;
 * returns their number.
 *
 * No nightly clean-up follows, and S3 deletes only an empty bucket. An object is ours by the table and its metadata.
 *
 * @throws {Throttled} if S3 does not remove an object
 */
export async function removeLeftovers(dependencies: RemoveLeftoversDependencies): Promise<number> {
  const { store, staging } = dependencies;
  const ofMediaBucket = async () =>
    (await remove(store, inputsLeft(dependencies))) + (await remove(store, copiesLeft(dependencies)));
  return (
    ((await ofMediaBucket().catch(unlessNoBucket)) ?? 0) +
    ((await remove(staging, keysOf(staging)).catch(unlessNoBucket)) ?? 0)
  );
}

async function* inputsLeft({ store, table }: RemoveLeftoversDependencies): AsyncGenerator<string> {
  for await (const { key } of store.listObjects('batch_input_')) {
    const job = await unlessUnreadable(ownerOf(key, store, table));
    if (job !== 'gone' && job?.phase === 'closed') yield key;
  }
}

/** Copies are in a folder of their job; the metadata of its first copy names the run. */
async function* copiesLeft({ store, table, stagingPrefix }: RemoveLeftoversDependencies): AsyncGenerator<string> {
  let folder: { jobName?: string; job?: Job } = {};
  for await (const { key } of store.listObjects(stagingPrefix)) {
    const [jobName = ''] = key.slice(stagingPrefix.length).split('/');
    if (jobName !== folder.jobName) {
      const runId = runIdIn((await unlessUnreadable(store.headObject(key)))?.metadata);
      folder = {
        jobName,
        job: runId === undefined ? undefined : await unlessUnreadable(table.findJob({ runId, jobName })),
      };
    }
    if (folder.job?.phase === 'closed') yield key;
  }
}

/** Undefined if an object cannot be read: it may not be ours, so it stays. Passing errors are retried. */
function unlessUnreadable<T>(read: Promise<T>): Promise<T | undefined> {
  return read.catch((error: unknown) => {
    if (isNoSuchBucket(error) || isRetryable(error)) throw error;
    return undefined;
  });
}

async function* keysOf(store: RemoveLeftoversDependencies['staging']): AsyncGenerator<string> {
  for await (const { key } of store.listObjects('')) yield key;
}

async function remove(store: RemoveLeftoversDependencies['staging'], keys: AsyncIterable<string>): Promise<number> {
  let removed = 0;
  for await (const batch of inBatches(keys, maxKeysPerDelete)) {
    const [failure] = await store.deleteObjects(batch);
    if (failure) {
      const why = failure.reason.replace(/\.$/, '');
      throw new Throttled(`S3 did not remove ${JSON.stringify(failure.key)} (${why}): delete the stack again.`);
    }
    removed += batch.length;
  }
  return removed;
}
