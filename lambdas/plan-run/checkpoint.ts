import * as z from 'zod';
import { nextCheckpoint } from '../shared/domain/checkpoint.ts';
import { attemptCheckpointKey, type KeyPrefixes } from '../shared/domain/keys.ts';
import type { MediaStore } from '../shared/domain/ports/media-store.ts';
import { skippedSchema } from '../shared/domain/record/ledger.ts';
import type { PlanCheckpoint } from '../shared/domain/state.ts';
import { rootScanSchema } from './attempt/scan-root.ts';

/** What a prefix has, so that one without media can be refused in words. */
const prefixCountsSchema = z.object({ name: z.string(), listed: z.int(), wanted: z.int(), media: z.int() });
export type PrefixCounts = z.infer<typeof prefixCountsSchema>;

const count = z.int().default(0);

/** Where planning an attempt goes on; `{}` is its beginning. A selection has one order, so that counts say what is behind. */
export const planPositionSchema = z.object({
  scan: rootScanSchema.optional(),
  /** Of media, and of records before those of other runs are taken out. */
  media: count,
  candidates: count,
  /** Lists of the records and of what is skipped; absent where there is none yet. */
  recordsKey: z.string().optional(),
  skippedKey: z.string().optional(),
  skipped: skippedSchema.default({ total: 0, byReason: {} }),
  /** Prefixes that are listed; of the next one everything up to `startAfter`, and what it has so far. */
  prefixes: count,
  startAfter: z.string().optional(),
  prefixCounts: z.array(prefixCountsSchema).default([]),
  keys: count,
  /** Rows of the manifest, or lines of prebuilt records. */
  rows: count,
  /** Rows whose media can be analysed, or were asked before. */
  usableRows: count,
  /** Why the first of the other rows cannot be used. */
  firstProblem: z.string().optional(),
  /** The list that the rows are from: another one has other rows. */
  etag: z.string().optional(),
});
export type PlanPosition = z.infer<typeof planPositionSchema>;

/** One call of the function, which goes through a part of the selection. */
export interface Turn {
  /** Changes with every step. */
  position: PlanPosition;
  /** Whether there is time for one step more; the first one always has it, so that every turn comes further. */
  hasTime(): boolean;
  /** Whether a step was left to the next turn. */
  isUnfinished(): boolean;
}

/** A turn that begins at a position. */
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

/** What is handed back in place of a plan that needs another turn. */
export interface UnfinishedPlan {
  checkpoint: PlanCheckpoint;
}

/** A turn of planning one attempt. */
export interface PlanTurn extends Turn {
  /** Names what the turn writes, so that no other turn writes the same. */
  planner: string;
  /**
   * Writes the position down for the next turn.
   *
   * @throws {TooManyTurns} after the last turn
   */
  end(): Promise<UnfinishedPlan>;
}

/** Begins a turn at the attempt's checkpoint, or at the beginning where the checkpoint is of another attempt. */
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
