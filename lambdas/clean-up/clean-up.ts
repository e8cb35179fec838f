import * as z from 'zod';
import { bucketTrouble } from '../shared/bucket-trouble.ts';
import { RequestRefused } from '../shared/errors.ts';
import { inputKeyPattern, type KeyPrefixes, oldInputPrefix } from '../shared/keys.ts';
import type { MediaStore } from '../shared/media-store.ts';
import type { RunTable } from '../shared/run-table.ts';
import { ownerOf } from '../shared/shared-folder.ts';
import { closeGivenUp, type GiveUpJobDependencies, isGivenUp, notGivenUp } from './give-up-job.ts';
import { removeFolders } from './remove-folders.ts';
import { runProtection } from './run-protection.ts';

/** `dryRun` says what would be removed and removes nothing. */
export const cleanUpInputSchema = z.strictObject({ dryRun: z.boolean().optional() });

const removalsSchema = z.strictObject({
  inputs: z.int(),
  /** Copies of media, and all else in the folders of jobs. */
  copies: z.int(),
  outputs: z.int(),
  runs: z.int(),
  oldInputs: z.int(),
});

/** What a clean-up did; the lists have at most 100 entries each. */
export const cleanUpOutputSchema = z.strictObject({
  dryRun: z.boolean(),
  removed: removalsSchema,
  /** What it was not sure about and left alone. */
  kept: z.array(z.strictObject({ key: z.string(), reason: z.string() })),
  /** What S3 would not remove. */
  failures: z.array(z.strictObject({ key: z.string(), reason: z.string() })),
  /** False where time ran out; the next night goes on. */
  complete: z.boolean(),
});
export type CleanUpOutput = z.infer<typeof cleanUpOutputSchema>;

type Store = Pick<MediaStore, 'bucket' | 'listObjects' | 'headObject' | 'deleteObjects'>;

export interface CleanUpDependencies extends GiveUpJobDependencies {
  table: GiveUpJobDependencies['table'] & Pick<RunTable, 'listOpenJobs'>;
  /** The bucket of the media. */
  store: Store;
  /** The bucket of staged jobs. */
  staging: Store;
  prefixes: KeyPrefixes;
  retentionDays: number;
  isTimeUp(): boolean;
}

const maxListed = 100;
const keysPerDelete = 1000;
const dayMs = 24 * 60 * 60 * 1000;

/**
 * Removes what runs left behind: inputs and copies of jobs that are proven over, and outputs, run folders and the old input
 * folder past their age. Never media, never results, never a live run's files; what is not surely ours stays and is named.
 */
export async function cleanUp(
  { dryRun = false }: z.infer<typeof cleanUpInputSchema>,
  dependencies: CleanUpDependencies,
): Promise<CleanUpOutput> {
  const { store, staging, prefixes, now, retentionDays, isTimeUp } = dependencies;
  const output: CleanUpOutput = {
    dryRun,
    removed: { inputs: 0, copies: 0, outputs: 0, runs: 0, oldInputs: 0 },
    kept: [],
    failures: [],
    complete: true,
  };
  await removeInputs(output, dependencies).catch((error: unknown) => {
    const trouble = bucketTrouble(error, store.bucket);
    throw trouble === undefined ? error : new RequestRefused(trouble, { cause: error });
  });
  const protection = await runProtection(dependencies);
  const oldestMs = now() - retentionDays * dayMs;
  await removeJobFolders(store, prefixes.stagingPrefix);
  await removeJobFolders(staging, '');
  await removeOld(prefixes.outputPrefix, 'outputs', protection.isLiveOutput);
  await removeOld(prefixes.runsPrefix, 'runs', protection.isLiveRun);
  await removeOld(oldInputPrefix, 'oldInputs', async () => false);
  return output;

  async function removeJobFolders(inputs: Store, prefix: string): Promise<void> {
    const isComplete = await removeFolders(prefix, {
      ...dependencies,
      mediaBucket: store.bucket,
      store: inputs,
      isOpenJob: protection.isOpenJob,
      dryRun,
      remove: (keys) => remove(keys, 'copies', inputs),
      keep: (key, reason) => keep(output, key, reason),
    });
    if (!isComplete) output.complete = false;
  }

  async function removeOld(
    prefix: string,
    kind: keyof CleanUpOutput['removed'],
    isLive: (key: string) => Promise<boolean>,
  ): Promise<void> {
    let batch: string[] = [];
    for await (const object of store.listObjects(prefix)) {
      if (isTimeUp()) {
        output.complete = false;
        break;
      }
      if (object.lastModified.getTime() >= oldestMs || (await isLive(object.key))) continue;
      batch.push(object.key);
      if (batch.length === keysPerDelete) {
        await remove(batch, kind);
        batch = [];
      }
    }
    await remove(batch, kind);
  }

  async function remove(
    keys: readonly string[],
    kind: keyof CleanUpOutput['removed'],
    from: Store = store,
  ): Promise<void> {
    const failures = dryRun || keys.length === 0 ? [] : await from.deleteObjects(keys);
    output.removed[kind] += keys.length - failures.length;
    output.failures.push(...failures.slice(0, maxListed - output.failures.length));
  }
}

/** Inputs at the root, by exact pattern: each is a danger to the next root job, whatever its age. */
async function removeInputs(output: CleanUpOutput, dependencies: CleanUpDependencies): Promise<void> {
  const { store, table } = dependencies;
  for await (const { key } of store.listObjects('batch_input_')) {
    if (!inputKeyPattern.test(key)) continue;
    const job = await ownerOf(key, store, table);
    if (job === 'gone') continue;
    if (job === undefined) {
      keep(output, key, 'no job of the table has it as its input');
      continue;
    }
    if (!(await isGivenUp(job, output.dryRun, dependencies))) {
      keep(output, key, notGivenUp(job));
      continue;
    }
    if (!output.dryRun) {
      const [failure] = await store.deleteObjects([key]);
      if (failure) {
        output.failures.push(failure);
        continue;
      }
      await closeGivenUp(job, store.bucket, dependencies);
    }
    output.removed.inputs += 1;
  }
}

function keep(output: CleanUpOutput, key: string, reason: string): void {
  if (output.kept.length < maxListed) output.kept.push({ key, reason });
}
