import type * as z from 'zod';
import { errorNames, UserFacingError } from './errors/errors.ts';

/**
 * The format of what outlives a deploy: the items of the table, plans and their attempts, outcomes. A version of the
 * stack that writes what this one could not read writes the next number.
 */
export const formatVersion = 1;

/** An item or a file of another format, which another version of the stack has written. Never retried. */
export class UnknownFormat extends UserFacingError {
  override readonly name = errorNames.unknownFormat;
}

/**
 * Refuses what is of another format.
 *
 * @param what was written, and where: `The plan nova/batch/runs/night/plan.json`
 * @throws {UnknownFormat}
 */
export function requireFormat(written: unknown, what: () => string): void {
  const found =
    typeof written === 'object' && written !== null && 'formatVersion' in written ? written.formatVersion : 'none';
  if (found === formatVersion) return;
  throw new UnknownFormat(
    `${what()} has formatVersion ${found}, expected ${formatVersion}: use the version of media-batch that wrote it.`,
  );
}

/** Reads a file of this format. @throws {UnknownFormat} */
export function parseWritten<T>(schema: z.ZodType<T>, written: unknown, what: string): T {
  requireFormat(written, () => what);
  return schema.parse(written);
}
