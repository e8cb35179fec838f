import { resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { processOutput } from '../program/output.ts';
import { verifyCommand } from './command.ts';
import { runCdk } from './stack.ts';

const interruption = new AbortController();
// Further signals change nothing: what was created is removed first, because it costs money.
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => interruption.abort(new Error(`Interrupted by ${signal}.`)));
}
const exitCode = await verifyCommand(process.argv.slice(2), {
  output: processOutput(),
  environment: process.env,
  stdin: process.stdin,
  interrupted: interruption.signal,
  pause: (ms, signal) => setTimeout(ms, undefined, { signal }).catch(() => undefined),
  // What was created is removed in any case.
  interruptedAgain: async () => false,
  now: Date.now,
  runCdk,
  answersFile: resolve('verify-aws.json'),
});
process.stdout.write('', () => process.exit(exitCode));
