import * as z from 'zod';
import { RequestRefused } from '../shared/domain/errors/errors.ts';
import { attemptTurnKey } from '../shared/domain/keys.ts';
import { skippedSchema } from '../shared/domain/record/ledger.ts';
import type { PlanCursor } from '../shared/domain/state.ts';
import { rootScanSchema } from './attempt/scan-root.ts';
import type { PlanRunDependencies } from './dependencies.ts';
import { selectionProgressSchema } from './turn.ts';

/** Turns of planning one attempt, about 12 minutes each: they are enough to look at tens of millions of objects. */
export const maxPlanTurns = 20;

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
  cursor: PlanCursor;
}

/** Where the turn of an attempt begins: behind the one that the cursor names, or at the beginning. */
export async function readTurn(
  attempt: number,
  cursor: PlanCursor | undefined,
  { store }: Pick<PlanRunDependencies, 'store'>,
): Promise<PlanTurn> {
  if (cursor?.attempt !== attempt) return { reached: { media: 0, records: 0 } };
  return planTurnSchema.parse(await store.readJson(cursor.turnKey));
}

/** Whose turn it is. */
export interface TurnOf {
  runId: string;
  attempt: number;
  planner: string;
  /** Where it began. */
  cursor: PlanCursor | undefined;
}

/**
 * Writes down where a turn stopped. Its name is its planner's own, so that a repeat of the turn changes nothing of it.
 *
 * @throws {RequestRefused} after too many turns
 */
export async function endTurn(
  turn: PlanTurn,
  { runId, attempt, planner, cursor }: TurnOf,
  { store, prefixes }: Pick<PlanRunDependencies, 'store' | 'prefixes'>,
): Promise<UnfinishedPlan> {
  const turnsDone = (cursor?.attempt === attempt ? cursor.turnsDone : 0) + 1;
  if (turnsDone >= maxPlanTurns) {
    throw new RequestRefused(
      `The request was not planned within ${maxPlanTurns} turns of 15 minutes; expected less to look at: divide it into several requests.`,
    );
  }
  const turnKey = attemptTurnKey(prefixes, runId, attempt, planner);
  await store.createJson(turnKey, turn);
  return { cursor: { attempt, turnKey, turnsDone } };
}
