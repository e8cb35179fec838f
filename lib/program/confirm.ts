import { createInterface } from 'node:readline';
import type { Context } from './context.ts';
import { CommandProblem } from './problem.ts';

/** Whether there is a person at a terminal who can be asked. */
export function canAsk({ stdin }: Pick<Context, 'stdin'>): boolean {
  return 'isTTY' in stdin && stdin.isTTY === true;
}

/**
 * Whether the person at the terminal says yes; anything else, and an interruption, is no.
 *
 * @param whyAsked what is expected, for the sentence where there is nobody to ask
 * @throws CommandProblem where there is no terminal
 */
export async function confirm(
  question: string,
  context: Pick<Context, 'stdin' | 'output'>,
  { whyAsked, signal }: { whyAsked: string; signal?: AbortSignal },
): Promise<boolean> {
  if (!canAsk(context)) throw new CommandProblem(`There is no terminal to ask at, expected ${whyAsked}: add --yes.`);
  context.output.err.write(`${question} [y/N] `);
  for await (const line of createInterface({ input: context.stdin, signal })) return /^y(es)?$/i.test(line.trim());
  return false;
}
