import { ownerOf } from '../shared/domain/job/scan-folder.ts';
import { inputKeyPattern } from '../shared/domain/keys.ts';
import { maxKeysPerDelete } from '../shared/domain/limits.ts';
import { unknownMs } from './ages.ts';
import { type Cleaning, orUnclear, type Stage } from './cleaning.ts';
import { closeGivenUp, isGivenUp, notGivenUp } from './give-up-job.ts';

/**
 * Removes inputs at the root, by exact pattern, because the next root job would run them. An input of ours is removed
 * at any age once its job is given up. An input without a job in the table is removed when it is older than any job can
 * live and no live job reads the root.
 */
export const removeInputs: Stage = async (after, cleaning) => {
  const { store, table, dryRun, now, isTimeUp, keep, remove } = cleaning;
  let last = after;
  let unknown: string[] = [];
  const givenUp = new Set<string>();
  for await (const { key, lastModified } of store.listObjects('batch_input_', after || undefined)) {
    if (isTimeUp()) {
      await removeUnknown(unknown, givenUp, cleaning);
      return last;
    }
    last = key;
    if (!inputKeyPattern.test(key)) continue;
    const job = await orUnclear(key, cleaning, () => ownerOf(key, store, table));
    if (job === 'gone' || job === 'unclear') continue;
    if (job === undefined) {
      if (now() - lastModified.getTime() > unknownMs) unknown.push(key);
      else
        keep(key, 'no job of the table has it as its input, and a job that nobody knows may be younger than 14 days');
      if (unknown.length === maxKeysPerDelete) unknown = await removeUnknown(unknown, givenUp, cleaning);
      continue;
    }
    const verdict = await orUnclear(key, cleaning, () => isGivenUp(job, dryRun, cleaning));
    if (verdict === false) keep(key, notGivenUp(job));
    if (verdict !== true) continue;
    const failures = await remove('inputs', [key]);
    if (failures.length === 0) givenUp.add(job.jobName);
    if (!dryRun && failures.length === 0) await closeGivenUp(job, store.bucket, cleaning);
  }
  await removeUnknown(unknown, givenUp, cleaning);
  return undefined;
};

/**
 * Removes inputs without a job that no job reads. A job given up here reads nothing, even if a dry run leaves its lock.
 */
async function removeUnknown(
  keys: readonly string[],
  givenUp: ReadonlySet<string>,
  cleaning: Cleaning,
): Promise<string[]> {
  const { store, table, readers, keep, remove } = cleaning;
  const lock = keys.length > 0 ? await table.getLock(store.bucket) : undefined;
  const owner = lock?.owner && !givenUp.has(lock.owner.jobName) ? lock.owner : undefined;
  const removed: string[] = [];
  for (const key of keys) {
    const reader = owner ? `job ${owner.jobName} owns the lock` : await readers(`s3://${store.bucket}/${key}`);
    if (reader === undefined) removed.push(key);
    else keep(key, `no job of the table has it as its input, and ${reader}`);
  }
  await remove('unknownInputs', removed);
  return [];
}
