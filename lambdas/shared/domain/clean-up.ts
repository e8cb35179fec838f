import * as z from 'zod';
import { checkpointSchema } from './checkpoint.ts';

/** The stages of a clean-up, in this order. */
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

/** A clean-up continues at the stage, after the key; an empty key is before all others. */
export const cleanUpCheckpointSchema = checkpointSchema({ stage: z.enum(cleanUpStages), after: z.string() });
export type CleanUpCheckpoint = z.infer<typeof cleanUpCheckpointSchema>;

/** The beginning of a whole clean-up. */
export const firstCleanUp: CleanUpCheckpoint = { turn: 1, stage: cleanUpStages[0], after: '' };

/**
 * `dryRun` reports what would be removed and removes nothing. The command passes each output's checkpoint to the next
 * call. Without a checkpoint a clean-up continues where the last night stopped, and a dry run starts at the beginning.
 */
export const cleanUpInputSchema = z.strictObject({
  dryRun: z.boolean().optional(),
  checkpoint: cleanUpCheckpointSchema.optional(),
});

const removalsSchema = z.strictObject({
  /** Inputs of our jobs. */
  inputs: z.int(),
  /** Inputs at the root whose job is not in the table. */
  unknownInputs: z.int(),
  /** Copies of media, and everything else in the folders of jobs. */
  copies: z.int(),
  outputs: z.int(),
  runs: z.int(),
  oldInputs: z.int(),
  /** Unfinished multipart uploads. */
  uploads: z.int(),
  /** Noncurrent versions, and delete markers that hide nothing. */
  versions: z.int(),
});
export type RemovalKind = keyof z.infer<typeof removalsSchema>;

const namedSchema = z.array(z.strictObject({ key: z.string(), reason: z.string() }));

/** The output of a clean-up. Its lists have at most 100 entries each. */
export const cleanUpOutputSchema = z.strictObject({
  dryRun: z.boolean(),
  /** When it began, by AWS's clock. */
  startedAt: z.iso.datetime(),
  removed: removalsSchema,
  /** Files that it was not sure about and kept. */
  kept: namedSchema,
  /** Files that S3 did not remove. */
  failures: namedSchema,
  /** Entries beyond those that the lists name. */
  unlisted: z.strictObject({ kept: z.int(), failures: z.int() }),
  /** Absent where it is complete. */
  checkpoint: cleanUpCheckpointSchema.optional(),
});
export type CleanUpOutput = z.infer<typeof cleanUpOutputSchema>;
