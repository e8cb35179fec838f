import * as z from 'zod';
import { errorNames, UserFacingError } from './errors/errors.ts';

/**
 * Turns that a step may take, each within the 15 minutes of a function: 100,000 records, the most of a job, need 17 at
 * 10 a second. It bounds the history of an execution too.
 */
export const maxTurns = 20;

/**
 * Time that a turn keeps back to end what it has begun: 100 copies of a gigabyte each, or the largest input of a job.
 */
export const turnReserveMs = 5 * 60_000;

/**
 * Where a step continues in its next turn, in fields of its own. The machine returns it unchanged. Long lists are in
 * S3.
 */
export function checkpointSchema<Position extends z.ZodRawShape>(position: Position) {
  return z.strictObject({ turn: z.int().min(1), ...position });
}

/** A step did not end in all of its turns. Never retried: a further turn would not help. */
export class TooManyTurns extends UserFacingError {
  override readonly name = errorNames.tooManyTurns;
}

/**
 * Returns the checkpoint that a turn returns in place of its output.
 *
 * @param earlier the checkpoint that the turn began with
 * @param work for the error: `Preparing job a`
 * @param remedy what to do then, as an order
 * @throws {TooManyTurns} after the last turn
 */
export function nextCheckpoint<Position extends object>(
  earlier: { turn: number } | undefined,
  position: Position,
  work: string,
  remedy: string,
): Position & { turn: number } {
  const turn = (earlier?.turn ?? 1) + 1;
  if (turn > maxTurns) throw new TooManyTurns(`${work} did not end in ${maxTurns} turns of 15 minutes: ${remedy}.`);
  return { ...position, turn };
}
