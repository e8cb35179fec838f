import * as z from 'zod';

/** What a prefix has, so that one without media can be refused in words. */
export const tallySchema = z.object({ name: z.string(), listed: z.int(), wanted: z.int(), media: z.int() });
export type Tally = z.infer<typeof tallySchema>;

/** How far a selection has come. Its order never changes, so that this says what is behind it. */
export const selectionProgressSchema = z.object({
  /** Prefixes that are gone through; of the next one everything up to `startAfter`, with what was counted on the way. */
  prefixesDone: z.int(),
  startAfter: z.string().optional(),
  tallies: z.array(tallySchema),
  keysDone: z.int(),
  /** Rows of the manifest, or lines of prebuilt records. */
  rowsDone: z.int(),
  /** Rows whose media can be analysed, or were asked before. */
  usableRows: z.int(),
  /** Why the first of the other rows cannot be used. */
  firstProblem: z.string().optional(),
  /** The list that the rows are from: another one has other rows. */
  etag: z.string().optional(),
});
export type SelectionProgress = z.infer<typeof selectionProgressSchema>;

/** Nothing selected yet. */
export function noProgress(): SelectionProgress {
  return { prefixesDone: 0, tallies: [], keysDone: 0, rowsDone: 0, usableRows: 0 };
}

/** One call of the function, which goes through a part of the selection. */
export interface Turn {
  /** Changes with every step. */
  progress: SelectionProgress;
  /** Whether there is time for one step more; the first one always has it, so that every turn comes further. */
  hasTime(): boolean;
  /** Whether a step was left to the next turn. */
  wasCut(): boolean;
}

/** A turn that begins where `progress` says. */
export function turnFrom(progress: SelectionProgress, isTimeUp: () => boolean): Turn {
  let steps = 0;
  let wasCut = false;
  return {
    progress,
    hasTime() {
      wasCut ||= steps > 0 && isTimeUp();
      steps += 1;
      return !wasCut;
    },
    wasCut: () => wasCut,
  };
}
