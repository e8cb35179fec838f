import type { Readable } from 'node:stream';
import type { Output } from './output.ts';

/** The process around a command; tests replace it. */
export interface Context {
  output: Output;
  environment: Readonly<Record<string, string | undefined>>;
  stdin: Readable;
  /** Aborted by Ctrl-C or SIGTERM. */
  interrupted: AbortSignal;
  /** Waits for this many milliseconds, or until the signal is aborted; never throws. */
  pause(ms: number, until: AbortSignal): Promise<void>;
  /** Waits for another Ctrl-C. At any other time another Ctrl-C ends the process at once. */
  interruptedAgain(withinMs: number): Promise<boolean>;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Whether an error only says that the command was interrupted. */
export function isInterruption(error: unknown, interrupted: AbortSignal): boolean {
  return (
    interrupted.aborted && (error === interrupted.reason || (error instanceof Error && error.name === 'AbortError'))
  );
}

/** The exit codes of every command. */
export const exitCodes = { succeeded: 0, failed: 1, partlySucceeded: 2, stopped: 3, interrupted: 130 } as const;
