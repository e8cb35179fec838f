import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import * as z from 'zod';
import type { CallCounts } from '../support/call-counts.ts';

/** What a process took for its work. */
export const usageSchema = z.object({
  wallMs: z.number(),
  cpuMs: z.number(),
  /** The most memory that the process ever had, in KiB: https://nodejs.org/api/process.html#processresourceusage */
  maxRssKib: z.number(),
});
export type Usage = z.infer<typeof usageSchema>;

/**
 * What Lambda gives Node in a function of 1,024 MiB, by copies of its bootstrap: a tenth of the memory for young
 * objects, the rest for old ones. AWS documents neither (UNVERIFIED); without them Node takes what this machine has.
 */
const memoryOfLambda = ['--max-semi-space-size=51', '--max-old-space-size=922'];

/** A file of this folder, unless it says where it lies. */
const fileOf = (name: string) => new URL(name, import.meta.url);

/**
 * Runs a file of this folder in a process of its own and gives what it sends. @throws when it fails or sends nothing
 */
export async function runIn<Schema extends z.ZodType>(
  file: string,
  { args, environment, schema }: { args: readonly string[]; environment: NodeJS.ProcessEnv; schema: Schema },
): Promise<z.output<Schema>> {
  const child = fork(fileOf(file), [...args], {
    env: { ...process.env, ...environment },
    execArgv: memoryOfLambda,
    // Functions write their log to the output.
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const message = await Promise.race([messageOf(child), ended.then(() => undefined)]);
  const [code] = await ended;
  if (code !== 0) throw new Error(`${file} ${args.join(' ')} ended with ${code}, expected 0.`);
  return schema.parse(message);
}

/** A local S3 and DynamoDB in a process of their own. */
export async function startServer(dataFolder: string) {
  const child = fork(fileOf('server.ts'), [dataFolder], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const endpoint = z.url().parse(await messageOf(child));
  return {
    endpoint,
    /** What was asked since the last time. */
    async takeCalls(): Promise<CallCounts> {
      child.send('calls');
      return z.record(z.string(), z.int()).parse(await messageOf(child));
    },
    async close(): Promise<void> {
      const ended = once(child, 'exit');
      child.disconnect();
      await ended;
    },
  };
}

async function messageOf(child: ChildProcess): Promise<unknown> {
  const [message] = await once(child, 'message');
  return message;
}
