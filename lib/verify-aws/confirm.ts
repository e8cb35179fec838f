import { createInterface } from 'node:readline';
import type { Context } from '../cli/context.ts';
import { CommandProblem } from '../cli/problem.ts';

/** Whether a person at the terminal says yes. @throws CommandProblem where there is no terminal to ask at */
export async function confirm(question: string, { stdin, output, interrupted }: Context): Promise<boolean> {
  if (!('isTTY' in stdin && stdin.isTTY)) {
    throw new CommandProblem('There is no terminal to ask at, expected a yes before anything is made: add --yes.');
  }
  output.err.write(`${question} [y/N] `);
  for await (const line of createInterface({ input: stdin, signal: interrupted })) return /^y(es)?$/i.test(line.trim());
  return false;
}
