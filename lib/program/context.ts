import type { Readable } from 'node:stream';
import type { Output } from './output.ts';

/** What a command knows of the process around it, so that a test can be that process. */
export interface Context {
  output: Output;
  environment: Readonly<Record<string, string | undefined>>;
  stdin: Readable;
  /** Aborted by Ctrl-C or SIGTERM. */
  interrupted: AbortSignal;
  /** Waits so many milliseconds, or until the signal is aborted; never throws. */
  pause(ms: number, until: AbortSignal): Promise<void>;
  /** Whether Ctrl-C is pressed once more within so many milliseconds; while nobody asks, that ends the process at once. */
  interruptedAgain(withinMs: number): Promise<boolean>;
  /** Milliseconds since 1970. */
  now(): number;
}

/** Whether an error is nothing but an interruption. */
export function isInterruption(error: unknown, interrupted: AbortSignal): boolean {
  return (
    interrupted.aborted && (error === interrupted.reason || (error instanceof Error && error.name === 'AbortError'))
  );
}

/** The exit codes of every command. */
export const exitCodes = { succeeded: 0, failed: 1, partlySucceeded: 2, stopped: 3, interrupted: 130 } as const;
