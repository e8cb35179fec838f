import type * as z from 'zod';
import { nextCheckpoint } from '../shared/domain/checkpoint.ts';
import {
  type CleanUpCheckpoint,
  type CleanUpOutput,
  type CleanUpStage,
  type cleanUpInputSchema,
  cleanUpStages,
  firstCleanUp,
} from '../shared/domain/clean-up.ts';
import { bucketProblem } from '../shared/domain/errors/bucket-problem.ts';
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
    // A job of the older tool may still read it; a job that reads the root has already run it.
    isLive: async (key, { store, readers }) =>
      (await readers(`s3://${store.bucket}/${key}`, ({ inputUri }) => inputUri.includes(oldInputPrefix))) !== undefined,
  }),
  uploads: abortUploads,
  stagedUploads: abortStagedUploads,
  versions: removeVersions,
};

/**
 * Removes leftovers of runs: inputs and copies of jobs proven over; outputs, run folders and the old input folder past
 * their age; unfinished uploads and hidden versions of our own keys. It never removes media, results or files of a live
 * run. Files that are not certainly ours stay and are named.
 *
 * Out of time it returns a checkpoint, where the next night continues, so files that always stay never block the rest.
 *
 * @throws {TooManyTurns} when a manual clean-up is not complete after its last turn
 */
export async function cleanUp(
  { dryRun = false, checkpoint: given }: z.infer<typeof cleanUpInputSchema>,
  dependencies: CleanUpDependencies,
): Promise<CleanUpOutput> {
  const { store, checkpoints, now } = dependencies;
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
  };
  const isNightly = given === undefined && !dryRun;
  const left = isNightly ? await checkpoints.readCheckpoint(store.bucket) : undefined;
  const position = await clean(given ?? left ?? firstCleanUp, output, dependencies);
  const remedy = 'run it again, which finds less to remove';
  // Each night is a first turn: the schedule starts the next one.
  const checkpoint = position && nextCheckpoint(given, position, `The clean-up of bucket ${store.bucket}`, remedy);
  if (isNightly && (checkpoint ?? left) !== undefined) await checkpoints.writeCheckpoint(store.bucket, checkpoint);
  return { ...output, checkpoint };
}

type Position = Omit<CleanUpCheckpoint, 'turn'>;

/** Runs the stages from a position on. Returns the position where time was up. */
async function clean(
  { stage: first, after }: Position,
  output: CleanUpOutput,
  dependencies: CleanUpDependencies,
): Promise<Position | undefined> {
  const cleaning = await beginCleaning(output, dependencies);
  for (const stage of cleanUpStages.slice(cleanUpStages.indexOf(first))) {
    const last = await stages[stage](stage === first ? after : '', cleaning).catch((error: unknown) => {
      const { bucket } = stage.startsWith('staged') ? dependencies.staging : dependencies.store;
      const trouble = bucketProblem(error, bucket);
      throw trouble === undefined ? error : new RequestRefused(trouble, { cause: error });
    });
    if (last !== undefined) return { stage, after: last };
  }
  return undefined;
}
