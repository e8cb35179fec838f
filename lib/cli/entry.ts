import { setTimeout } from 'node:timers/promises';
import { main } from './main.ts';
import { processOutput } from './output.ts';

/** A second Ctrl-C within this time is the same one: npm hands on to its child what the terminal has told both. */
const sameSignalMs = 1000;

/** How often a command that npm started looks whether its parent is still there. */
const parentCheckMs = 500;

/** npm hands a signal to its shell, which dies of it and tells its child nothing: the child has to see for itself. */
function endWithParent(end: () => void): void {
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    end();
  }, parentCheckMs).unref();
}

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
  if (process.env.npm_lifecycle_event !== undefined) endWithParent(() => onSignal('SIGTERM'));
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
