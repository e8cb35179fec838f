import { setTimeout } from 'node:timers/promises';
import { main } from './main.ts';
import { processOutput } from './output.ts';

/** A second Ctrl-C within this time is the same one: npm hands on to its child what the terminal has told both. */
const sameSignalMs = 1000;

/** Runs the command line of this process and ends the process with its exit code. */
export async function runProcess(): Promise<void> {
  const interruption = new AbortController();
  let interruptedAt: number | undefined;
  const onSignal = (signal: NodeJS.Signals) => {
    interruptedAt ??= performance.now();
    if (interruption.signal.aborted && performance.now() - interruptedAt > sameSignalMs) process.exit(130);
    interruption.abort(new Error(`Interrupted by ${signal}.`));
  };
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  const exitCode = await main(process.argv.slice(2), {
    output: processOutput(),
    environment: process.env,
    stdin: process.stdin,
    interrupted: interruption.signal,
    pause: (ms, signal) => setTimeout(ms, undefined, { signal }).catch(() => undefined),
  });
  // Everything is closed by now; what the SDK still holds open must not keep a person waiting.
  process.stdout.write('', () => process.exit(exitCode));
}
