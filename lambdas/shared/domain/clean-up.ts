import * as z from 'zod';
import { checkpointSchema } from './checkpoint.ts';

/** What a clean-up looks at, in this order. */
export const cleanUpStages = [
  'inputs',
  'copies',
  'staged',
  'outputs',
  'runs',
  'oldInputs',
  'uploads',
  'stagedUploads',
  'versions',
] as const;
export type CleanUpStage = (typeof cleanUpStages)[number];

/** A clean-up goes on at the stage, behind the key; an empty one is before all keys. */
export const cleanUpCheckpointSchema = checkpointSchema({ stage: z.enum(cleanUpStages), after: z.string() });
export type CleanUpCheckpoint = z.infer<typeof cleanUpCheckpointSchema>;

/** Where a whole clean-up begins. */
export const firstCleanUp: CleanUpCheckpoint = { turn: 1, stage: cleanUpStages[0], after: '' };

/**
 * `dryRun` says what would be removed and removes nothing. The command hands each answer's checkpoint to the next call. Without
 * one a clean-up goes on where the last night stopped, and a dry run begins at the beginning.
 */
export const cleanUpInputSchema = z.strictObject({
  dryRun: z.boolean().optional(),
  checkpoint: cleanUpCheckpointSchema.optional(),
});

const removalsSchema = z.strictObject({
  /** Of jobs of ours. */
  inputs: z.int(),
  /** At the root, of which the table knows no job. */
  unknownInputs: z.int(),
  /** Copies of media, and all else in the folders of jobs. */
  copies: z.int(),
  outputs: z.int(),
  runs: z.int(),
  oldInputs: z.int(),
  /** Unfinished multipart uploads. */
  uploads: z.int(),
  /** Noncurrent versions, and delete markers of which nothing else is left. */
  versions: z.int(),
});
export type RemovalKind = keyof z.infer<typeof removalsSchema>;

const namedSchema = z.array(z.strictObject({ key: z.string(), reason: z.string() }));

/** What a clean-up did; the lists have at most 100 entries each. */
export const cleanUpOutputSchema = z.strictObject({
  dryRun: z.boolean(),
  /** When it began, by AWS's clock. */
  startedAt: z.iso.datetime(),
  removed: removalsSchema,
  /** What it was not sure about and left alone. */
  kept: namedSchema,
  /** What S3 would not remove. */
  failures: namedSchema,
  /** How many more there are than the lists name. */
  unlisted: z.strictObject({ kept: z.int(), failures: z.int() }),
  /** Absent where it is complete. */
  checkpoint: cleanUpCheckpointSchema.optional(),
});
export type CleanUpOutput = z.infer<typeof cleanUpOutputSchema>;
