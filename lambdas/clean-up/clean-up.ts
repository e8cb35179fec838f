import type * as z from 'zod';
import {
  type CleanUpCursor,
  type CleanUpOutput,
  type CleanUpStage,
  type cleanUpInputSchema,
  cleanUpStages,
  firstCleanUpCursor,
} from '../shared/domain/clean-up.ts';
import { bucketTrouble } from '../shared/domain/errors/bucket-problem.ts';
import { RequestRefused } from '../shared/domain/errors/errors.ts';
import { oldInputPrefix } from '../shared/domain/keys.ts';
import { abortStagedUploads, abortUploads } from './abort-uploads.ts';
import { beginCleaning, type CleanUpDependencies, type Stage } from './cleaning.ts';
import { removeFolders } from './remove-folders.ts';
import { removeInputs } from './remove-inputs.ts';
import { removeOld } from './remove-old.ts';
import { removeVersions } from './remove-versions.ts';

export { type CleanUpOutput, cleanUpInputSchema, cleanUpOutputSchema } from '../shared/domain/clean-up.ts';

const stages: Readonly<Record<CleanUpStage, Stage>> = {
  inputs: removeInputs,
  copies: removeFolders(({ store, prefixes }) => ({ inputs: store, prefix: prefixes.stagingPrefix })),
  staged: removeFolders(({ staging }) => ({ inputs: staging, prefix: '' })),
  outputs: removeOld({
    kind: 'outputs',
    prefixOf: ({ prefixes }) => prefixes.outputPrefix,
    isLive: (key, { protection }) => protection.isLiveOutput(key),
  }),
  runs: removeOld({
    kind: 'runs',
    prefixOf: ({ prefixes }) => prefixes.runsPrefix,
    isLive: (key, { protection }) => protection.isLiveRun(key),
  }),
  oldInputs: removeOld({
    kind: 'oldInputs',
    prefixOf: () => oldInputPrefix,
    // An older version's job may still read it; one that reads the root has run it already.
    isLive: async (key, { store, readers }) =>
      (await readers(`s3://${store.bucket}/${key}`, ({ inputUri }) => inputUri.includes(oldInputPrefix))) !== undefined,
  }),
  uploads: abortUploads,
  stagedUploads: abortStagedUploads,
  versions: removeVersions,
};

/**
 * Removes what runs left behind: inputs and copies of jobs that are proven over, outputs, run folders and the old input folder past
 * their age, unfinished uploads and hidden versions of our own keys. Never media, never results, never a live run's files; what is not
 * surely ours stays and is named. Out of time it says where to go on, and the next night does, so that what always stays at the
 * beginning of a bucket never keeps it from the end.
 */
export async function cleanUp(
  { dryRun = false, from }: z.infer<typeof cleanUpInputSchema>,
  dependencies: CleanUpDependencies,
): Promise<CleanUpOutput> {
  const { store, progress, now } = dependencies;
  const removed = {
    inputs: 0,
    unknownInputs: 0,
    copies: 0,
    outputs: 0,
    runs: 0,
    oldInputs: 0,
    uploads: 0,
    versions: 0,
  };
  const output: CleanUpOutput = {
    ...{
      dryRun,
      startedAt: new Date(now()).toISOString(),
      removed,
      kept: [],
      failures: [],
      unlisted: { kept: 0, failures: 0 },
    },
    complete: true,
  };
  const isNightly = from === undefined && !dryRun;
  const left = isNightly ? await progress.readNext(store.bucket) : undefined;
  const next = await clean(from ?? left ?? firstCleanUpCursor, output, dependencies);
  if (isNightly && (next ?? left) !== undefined) await progress.writeNext(store.bucket, next);
  return { ...output, complete: next === undefined, next };
}

/** Goes through the stages from a place on. Gives the place where time was up. */
async function clean(
  { stage: first, after }: CleanUpCursor,
  output: CleanUpOutput,
  dependencies: CleanUpDependencies,
): Promise<CleanUpCursor | undefined> {
  const cleaning = await beginCleaning(output, dependencies);
  for (const stage of cleanUpStages.slice(cleanUpStages.indexOf(first))) {
    const last = await stages[stage](stage === first ? after : '', cleaning).catch((error: unknown) => {
      const { bucket } = stage.startsWith('staged') ? dependencies.staging : dependencies.store;
      const trouble = bucketTrouble(error, bucket);
      throw trouble === undefined ? error : new RequestRefused(trouble, { cause: error });
    });
    if (last !== undefined) return { stage, after: last };
  }
  return undefined;
}
