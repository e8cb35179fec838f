import type { JobFacts } from '../shared/jobs.ts';
import type { MediaStore, StoredObject } from '../shared/media-store.ts';
import { runIdIn } from '../shared/shared-folder.ts';
import { closeGivenUp, type GiveUpJobDependencies, isGivenUp, notGivenUp } from './give-up-job.ts';
import { folderBelow } from './run-protection.ts';

export interface RemoveFoldersDependencies extends GiveUpJobDependencies {
  /** The bucket of the media, whose root the lease is on. */
  mediaBucket: string;
  store: Pick<MediaStore, 'listObjects' | 'headObject'>;
  isOpenJob(jobName: string): boolean;
  dryRun: boolean;
  isTimeUp(): boolean;
  remove(keys: readonly string[]): Promise<void>;
  keep(key: string, reason: string): void;
}

interface Folder {
  jobName: string;
  job?: JobFacts;
  /** Objects that were written before go; in milliseconds since 1970. */
  removeBeforeMs: number;
}

const keysPerDelete = 1000;

/** What nobody knows may be young; no job of ours waits and runs so long. */
const unknownMs = 14 * 24 * 60 * 60 * 1000;

/**
 * Removes the folders of jobs below a prefix, with copies of media and the inputs of staged jobs, as soon as their job is proven
 * over. What no job of the table has written goes by its age. What stays is named.
 *
 * @returns whether everything was looked at before time was up
 */
export async function removeFolders(prefix: string, dependencies: RemoveFoldersDependencies): Promise<boolean> {
  const { store, dryRun, mediaBucket, isTimeUp, remove } = dependencies;
  let folder: Folder | undefined;
  let batch: string[] = [];
  for await (const object of store.listObjects(prefix)) {
    if (isTimeUp()) return false;
    const jobName = folderBelow(prefix, object.key);
    if (folder?.jobName !== jobName) {
      await finish();
      folder = await judge(prefix, jobName, object, dependencies);
    }
    if (object.lastModified.getTime() >= folder.removeBeforeMs) continue;
    batch.push(object.key);
    if (batch.length === keysPerDelete) await flush();
  }
  await finish();
  return true;

  async function flush(): Promise<void> {
    await remove(batch);
    batch = [];
  }

  async function finish(): Promise<void> {
    await flush();
    const isOver = folder?.removeBeforeMs === Number.POSITIVE_INFINITY;
    if (folder?.job && isOver && !dryRun) await closeGivenUp(folder.job, mediaBucket, dependencies);
  }
}

async function judge(
  prefix: string,
  jobName: string,
  first: StoredObject,
  dependencies: RemoveFoldersDependencies,
): Promise<Folder> {
  const { store, table, dryRun, isOpenJob, keep, now } = dependencies;
  const runId = runIdIn((await store.headObject(first.key))?.metadata);
  const job = runId === undefined ? undefined : await table.findJob({ runId, jobName });
  const key = jobName === '' ? first.key : `${prefix}${jobName}/`;
  if (job !== undefined) {
    if (await isGivenUp(job, dryRun, dependencies)) return { jobName, job, removeBeforeMs: Number.POSITIVE_INFINITY };
    keep(key, notGivenUp(job));
    return { jobName, job, removeBeforeMs: Number.NEGATIVE_INFINITY };
  }
  if (isOpenJob(jobName)) {
    keep(key, `job ${jobName} is open, and the first object in its folder is not its own`);
    return { jobName, removeBeforeMs: Number.NEGATIVE_INFINITY };
  }
  const removeBeforeMs = now() - unknownMs;
  if (first.lastModified.getTime() >= removeBeforeMs)
    keep(key, 'no job of the table has written it in the last 14 days');
  return { jobName, removeBeforeMs };
}
