import * as z from 'zod';
import { nextCheckpoint } from '../shared/domain/checkpoint.ts';
import { attemptTurnKey } from '../shared/domain/keys.ts';
import { skippedSchema } from '../shared/domain/record/ledger.ts';
import type { PlanCheckpoint } from '../shared/domain/state.ts';
import { rootScanSchema } from './attempt/scan-root.ts';
import type { PlanRunDependencies } from './dependencies.ts';
import { selectionProgressSchema } from './turn.ts';

/** Where a turn stopped; written once, and read by the turn after it, which another version of this may be. */
const planTurnSchema = z.object({
  scan: rootScanSchema.optional(),
  progress: selectionProgressSchema.optional(),
  reached: z.object({ media: z.int(), records: z.int() }),
  skips: z.object({ key: z.string().optional(), summary: skippedSchema }).optional(),
  /** The records so far; absent where there is none yet. */
  recordsKey: z.string().optional(),
});
export type PlanTurn = z.infer<typeof planTurnSchema>;

/** What is handed back in place of a plan that needs another turn. */
export interface UnfinishedPlan {
  checkpoint: PlanCheckpoint;
}

/** Where the turn of an attempt begins: behind the one that the checkpoint names, or at the beginning. */
export async function readTurn(
  attempt: number,
  checkpoint: PlanCheckpoint | undefined,
  { store }: Pick<PlanRunDependencies, 'store'>,
): Promise<PlanTurn> {
  if (checkpoint?.attempt !== attempt) return { reached: { media: 0, records: 0 } };
  return planTurnSchema.parse(await store.readJson(checkpoint.key));
}

/** Whose turn it is. */
export interface TurnOf {
  runId: string;
  attempt: number;
  planner: string;
  /** Where it began. */
  checkpoint: PlanCheckpoint | undefined;
}

/**
 * Writes down where a turn stopped. Its name is its planner's own, so that a repeat of the turn changes nothing of it.
 *
 * @throws {TooManyTurns} after the last turn
 */
export async function endTurn(
  turn: PlanTurn,
  { runId, attempt, planner, checkpoint }: TurnOf,
  { store, prefixes }: Pick<PlanRunDependencies, 'store' | 'prefixes'>,
): Promise<UnfinishedPlan> {
  const key = attemptTurnKey(prefixes, runId, attempt, planner);
  const earlier = checkpoint?.attempt === attempt ? checkpoint : undefined;
  const next = nextCheckpoint(earlier, { attempt, key }, `Planning run ${runId}`, 'divide its request into several');
  await store.createJson(key, turn);
  return { checkpoint: next };
}
