import type { Job } from '../shared/domain/job/job.ts';
import { runIdIn } from '../shared/domain/job/scan-folder.ts';
import { maxKeysPerDelete } from '../shared/domain/limits.ts';
import type { StoredObject } from '../shared/domain/ports/media-store.ts';
import { unknownMs } from './ages.ts';
import { type CleanedStore, type Cleaning, orUnclear, type Stage } from './cleaning.ts';
import { closeGivenUp, isGivenUp, notGivenUp } from './give-up-job.ts';
import { folderBelow } from './run-protection.ts';

interface Place {
  inputs: CleanedStore;
  prefix: string;
}

interface Folder {
  jobName: string;
  job?: Job;
  /** Objects written before this are removed; in milliseconds since 1970. */
  removeBeforeMs: number;
}

/**
 * Removes the folders of jobs below a prefix, with copies of media and inputs of staged jobs, once their job is proven
 * over. Files that no job of the table wrote are removed by age, unless a live job may read them. Kept files are named.
 */
export function removeFolders(placeOf: (cleaning: Cleaning) => Place): Stage {
  return async (after, cleaning) => {
    const { store, dryRun, isTimeUp } = cleaning;
    const { inputs, prefix } = placeOf(cleaning);
    let [last, seen] = [after, after];
    let folder: Folder | undefined;
    let batch: string[] = [];
    for await (const object of inputs.listObjects(prefix, after || undefined)) {
      const jobName = folderBelow(prefix, object.key);
      if (folder?.jobName !== jobName) {
        await finish();
        folder = undefined;
        last = seen;
      }
      if (isTimeUp()) {
        await flush();
        // The folder of a job that is over is started again, so that the turn that reaches its end closes the job.
        return isOver(folder) && !dryRun ? last : seen;
      }
      if (folder === undefined) {
        const judged = await orUnclear(object.key, cleaning, () =>
          judge({ inputs, prefix }, jobName, object, cleaning),
        );
        folder = judged === 'unclear' ? { jobName, removeBeforeMs: Number.NEGATIVE_INFINITY } : judged;
      }
      seen = object.key;
      if (object.lastModified.getTime() >= folder.removeBeforeMs) continue;
      batch.push(object.key);
      if (batch.length === maxKeysPerDelete) await flush();
    }
    await finish();
    return undefined;

    async function flush(): Promise<void> {
      await cleaning.remove('copies', batch, inputs);
      batch = [];
    }

    async function finish(): Promise<void> {
      await flush();
      if (folder?.job && isOver(folder) && !dryRun) await closeGivenUp(folder.job, store.bucket, cleaning);
    }
  };
}

function isOver(folder: Folder | undefined): boolean {
  return folder?.removeBeforeMs === Number.POSITIVE_INFINITY;
}

async function judge(
  { inputs, prefix }: Place,
  jobName: string,
  first: StoredObject,
  cleaning: Cleaning,
): Promise<Folder> {
  const { table, dryRun, protection, readers, keep, now } = cleaning;
  const runId = runIdIn((await inputs.headObject(first.key))?.metadata);
  const job = runId === undefined ? undefined : await table.findJob({ runId, jobName });
  const key = jobName === '' ? first.key : `${prefix}${jobName}/`;
  if (job !== undefined) {
    if (await isGivenUp(job, dryRun, cleaning)) return { jobName, job, removeBeforeMs: Number.POSITIVE_INFINITY };
    return stays(notGivenUp(job));
  }
  if (protection.isOpenJob(jobName)) {
    return stays(`job ${jobName} is open, and the first object in its folder is not its own`);
  }
  const removeBeforeMs = now() - unknownMs;
  if (first.lastModified.getTime() >= removeBeforeMs) {
    keep(key, 'no job of the table has written it in the last 14 days');
    return { jobName, removeBeforeMs };
  }
  // Our jobs read the whole bucket and use only their own copies.
  const reader = await readers(`s3://${inputs.bucket}/${key}`, (live) => !protection.isOpenJob(live.jobName));
  return reader ? stays(`no job of the table has written it, and ${reader}`) : { jobName, removeBeforeMs };

  function stays(reason: string): Folder {
    keep(key, reason);
    return { jobName, job, removeBeforeMs: Number.NEGATIVE_INFINITY };
  }
}
