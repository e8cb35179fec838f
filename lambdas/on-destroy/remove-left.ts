import { isNoSuchBucket, mayPass, Throttled, unlessNoBucket } from '../shared/domain/errors/errors.ts';
import type { Job } from '../shared/domain/job/job.ts';
import { ownerOf, runIdIn } from '../shared/domain/job/scan-folder.ts';
import type { MediaStore } from '../shared/domain/ports/media-store.ts';
import type { RunTable } from '../shared/domain/ports/run-table.ts';
import { inBatches } from '../shared/text/batches.ts';

type Store = Pick<MediaStore, 'listObjects' | 'headObject' | 'deleteObjects'>;

export interface RemoveLeftDependencies {
  table: Pick<RunTable, 'findJob'>;
  /** The bucket of the media. */
  store: Store;
  /** The bucket of staged jobs, which goes with the stack. */
  staging: Pick<MediaStore, 'listObjects' | 'deleteObjects'>;
  stagingPrefix: string;
}

const keysPerDelete = 1000;

/**
 * Removes what a function that was lost left of jobs that are closed: inputs at the root and copies that are ours by the table and
 * their metadata, because there is no nightly clean-up any more. And all of the staging bucket, or S3 would not let it go. Gives
 * the number of objects.
 *
 * @throws when S3 does not remove one
 */
export async function removeLeft(dependencies: RemoveLeftDependencies): Promise<number> {
  const { store, staging } = dependencies;
  const ofMediaBucket = async () =>
    (await remove(store, inputsLeft(dependencies))) + (await remove(store, copiesLeft(dependencies)));
  return (
    ((await ofMediaBucket().catch(unlessNoBucket)) ?? 0) +
    ((await remove(staging, keysOf(staging)).catch(unlessNoBucket)) ?? 0)
  );
}

async function* inputsLeft({ store, table }: RemoveLeftDependencies): AsyncGenerator<string> {
  for await (const { key } of store.listObjects('batch_input_')) {
    const job = await orNobodys(ownerOf(key, store, table));
    if (job !== 'gone' && job?.phase === 'closed') yield key;
  }
}

/** Copies lie in a folder of their job, and one of them says for all whose they are. */
async function* copiesLeft({ store, table, stagingPrefix }: RemoveLeftDependencies): AsyncGenerator<string> {
  let folder: { jobName?: string; job?: Job } = {};
  for await (const { key } of store.listObjects(stagingPrefix)) {
    const [jobName = ''] = key.slice(stagingPrefix.length).split('/');
    if (jobName !== folder.jobName) {
      const runId = runIdIn((await orNobodys(store.headObject(key)))?.metadata);
      folder = { jobName, job: runId === undefined ? undefined : await orNobodys(table.findJob({ runId, jobName })) };
    }
    if (folder.job?.phase === 'closed') yield key;
  }
}

/** What cannot be looked at is not surely ours: it stays, and must not keep the stack. What passes is tried again. */
function orNobodys<T>(looked: Promise<T>): Promise<T | undefined> {
  return looked.catch((error: unknown) => {
    if (isNoSuchBucket(error) || mayPass(error)) throw error;
    return undefined;
  });
}

async function* keysOf(store: RemoveLeftDependencies['staging']): AsyncGenerator<string> {
  for await (const { key } of store.listObjects('')) yield key;
}

async function remove(store: RemoveLeftDependencies['staging'], keys: AsyncIterable<string>): Promise<number> {
  let removed = 0;
  for await (const batch of inBatches(keys, keysPerDelete)) {
    const [failure] = await store.deleteObjects(batch);
    if (failure) {
      const why = failure.reason.replace(/\.$/, '');
      throw new Throttled(`S3 did not remove ${JSON.stringify(failure.key)}, delete the stack again: ${why}.`);
    }
    removed += batch.length;
  }
  return removed;
}
