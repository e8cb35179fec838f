import { type Command, InvalidArgumentError } from 'commander';
import type { Context } from '../program/context.ts';

/** Runs the work of a command and keeps its exit code. */
export type Act = (work: (context: Context) => Promise<number>) => Promise<void>;

/** Adds a command to the program; it loads its code when it is called, so that help is fast. */
export type Register = (program: Command, act: Act) => void;

/** Adds the options that choose the stack. */
export function withStackOptions(command: Command): Command {
  return command
    .option('--stack <name>', 'the stack, if there are several')
    .option('--state-machine <arn>', 'the same, by the ARN of its state machine');
}

/** Reads a whole number within limits. */
export function wholeNumberTo(maximum: number, minimum = 0) {
  return (text: string): number => {
    if (/^\d+$/.test(text) && Number(text) >= minimum && Number(text) <= maximum) return Number(text);
    throw new InvalidArgumentError(`Expected a whole number from ${minimum} to ${maximum}.`);
  };
}

/** Collects the values of an option that may be repeated. */
export function gather(text: string, before: readonly string[] = []): string[] {
  return [...before, text];
}
