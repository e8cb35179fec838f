import { type Command, InvalidArgumentError } from 'commander';
import type { Context } from '../program/context.ts';

/** Has a command work, and keeps the exit code that it gives. */
export type Act = (work: (context: Context) => Promise<number>) => Promise<void>;

/** Adds a command to the program. What it needs is loaded when it is called, so that help comes at once. */
export type Register = (program: Command, act: Act) => void;

/** Adds the options that say which stack is meant. */
export function withStackOptions(command: Command): Command {
  return command
    .option('--stack <name>', 'the stack to use where there are several')
    .option('--state-machine <arn>', 'the same, by the ARN of its state machine');
}

/** Reads a whole number within limits. */
export function wholeNumberTo(maximum: number, minimum = 0) {
  return (text: string): number => {
    if (/^\d+$/.test(text) && Number(text) >= minimum && Number(text) <= maximum) return Number(text);
    throw new InvalidArgumentError(`Expected a whole number from ${minimum} to ${maximum}.`);
  };
}

/** Gathers the values of an option that may be given several times. */
export function gather(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}
