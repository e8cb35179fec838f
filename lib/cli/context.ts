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
}

/** The exit codes of every command. */
export const exitCodes = { succeeded: 0, failed: 1, partlySucceeded: 2, stopped: 3, interrupted: 130 } as const;
