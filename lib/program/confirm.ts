import { createInterface } from 'node:readline';
import type { Context } from './context.ts';
import { CommandProblem } from './problem.ts';

/** Whether a user at a terminal can be asked. */
export function canAsk({ stdin }: Pick<Context, 'stdin'>): boolean {
  return 'isTTY' in stdin && stdin.isTTY === true;
}

/**
 * Asks the user; anything but yes, and an interruption, is no.
 *
 * @param action what needs the answer, for the error message
 * @throws CommandProblem without a terminal
 */
export async function confirm(
  question: string,
  context: Pick<Context, 'stdin' | 'output'>,
  { action, signal }: { action: string; signal?: AbortSignal },
): Promise<boolean> {
  if (!canAsk(context))
    throw new CommandProblem(`${action} needs a yes, and there is no terminal to ask on: add --yes.`);
  context.output.err.write(`${question} [y/N] `);
  for await (const line of createInterface({ input: context.stdin, signal })) return /^y(es)?$/i.test(line.trim());
  return false;
}
