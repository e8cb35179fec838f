import * as z from 'zod';
import { nextCheckpoint } from '../shared/domain/checkpoint.ts';
import { attemptCheckpointKey, type KeyPrefixes } from '../shared/domain/keys.ts';
import type { MediaStore } from '../shared/domain/ports/media-store.ts';
import { skippedSchema } from '../shared/domain/record/ledger.ts';
import type { PlanCheckpoint } from '../shared/domain/state.ts';
import { rootScanSchema } from './attempt/scan-root.ts';

/** Counts of a prefix, so that a prefix without media can be refused with a reason. */
const prefixCountsSchema = z.object({ name: z.string(), listed: z.int(), wanted: z.int(), media: z.int() });
export type PrefixCounts = z.infer<typeof prefixCountsSchema>;

const count = z.int().default(0);

/** Where planning an attempt continues; `{}` is its beginning. A selection has one order, so counts are enough. */
export const planPositionSchema = z.object({
  scan: rootScanSchema.optional(),
  /** Counts of media, and of records before the claimed ones are skipped. */
  media: count,
  candidates: count,
  /** Keys of the lists of records and of skipped media; absent while they are empty. */
  recordsKey: z.string().optional(),
  skippedKey: z.string().optional(),
  skipped: skippedSchema.default({ total: 0, byReason: {} }),
  /** Prefixes that are done; of the next one everything up to `startAfter` is, with these counts. */
  prefixes: count,
  startAfter: z.string().optional(),
  prefixCounts: z.array(prefixCountsSchema).default([]),
  keys: count,
  /** Rows of the manifest, or lines of prebuilt records. */
  rows: count,
  /** Rows whose media can be analysed, or are asked elsewhere in the request. */
  usableRows: count,
  /** Why the first of the other rows cannot be used. */
  firstProblem: z.string().optional(),
  /** ETag of the list that the rows are from: another list has other rows. */
  etag: z.string().optional(),
});
export type PlanPosition = z.infer<typeof planPositionSchema>;

/** One call of the function, which handles a part of the selection. */
export interface Turn {
  /** Changes with every step. */
  position: PlanPosition;
  /** Says whether there is time for one more step. The first step always has time, so every turn makes progress. */
  hasTime(): boolean;
  /** Says whether a step was left for the next turn. */
  isUnfinished(): boolean;
}

/** Begins a turn at a position. */
export function turnFrom(position: PlanPosition, isTimeUp: () => boolean): Turn {
  let steps = 0;
  let isUnfinished = false;
  return {
    position,
    hasTime() {
      isUnfinished ||= steps > 0 && isTimeUp();
      steps += 1;
      return !isUnfinished;
    },
    isUnfinished: () => isUnfinished,
  };
}

/** Returned in place of a plan that needs another turn. */
export interface UnfinishedPlan {
  checkpoint: PlanCheckpoint;
}

/** A turn of planning one attempt. */
export interface PlanTurn extends Turn {
  /** In the names of everything that the turn writes, so that no other turn writes the same. */
  planner: string;
  /**
   * Writes the position for the next turn.
   *
   * @throws {TooManyTurns} after the last turn
   */
  end(): Promise<UnfinishedPlan>;
}

/** Begins a turn at the attempt's checkpoint, or at the beginning where the checkpoint is another attempt's. */
export async function beginTurn(
  { runId, attempt }: { runId: string; attempt: number },
  checkpoint: PlanCheckpoint | undefined,
  dependencies: {
    store: Pick<MediaStore, 'readJson' | 'createJson'>;
    prefixes: KeyPrefixes;
    newId(): string;
    isTimeUp(): boolean;
  },
): Promise<PlanTurn> {
  const { store, prefixes, newId, isTimeUp } = dependencies;
  const earlier = checkpoint?.attempt === attempt ? checkpoint : undefined;
  const position = planPositionSchema.parse(earlier === undefined ? {} : await store.readJson(earlier.key));
  const planner = newId();
  return {
    ...turnFrom(position, isTimeUp),
    planner,
    async end() {
      const key = attemptCheckpointKey(prefixes, runId, attempt, planner);
      const next = nextCheckpoint(
        earlier,
        { attempt, key },
        `Planning run ${runId}`,
        'divide its request into several',
      );
      await store.createJson(key, position);
      return { checkpoint: next };
    },
  };
}
