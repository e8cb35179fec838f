import { execFile } from 'node:child_process';
import { join } from 'node:path';

/** The executable of the command. */
export const bin = join(import.meta.dirname, '../../../lib/cli/bin.mjs');

/** How a process of the command ended. */
export interface ChildEnd {
  exitCode: unknown;
  out: string;
  err: string;
}

/** The environment of somebody who has configured nothing, and whose home is this folder. */
export function bareEnvironment(home: string): Record<string, string> {
  return { PATH: process.env.PATH ?? '', HOME: home };
}

/** Runs Node.js in a process of its own until its end. */
export function runNode(
  args: string[],
  options: { env?: Record<string, string>; cwd?: string } = {},
): Promise<ChildEnd> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, options, (error, out, err) => {
      resolve({ exitCode: error === null ? 0 : error.code, out, err });
    });
  });
}
