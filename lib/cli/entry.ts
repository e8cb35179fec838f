import { setTimeout } from 'node:timers/promises';
import { processOutput } from '../program/output.ts';
import { main } from './main.ts';
import { watchSignals } from './terminal/signals.ts';

/** How often a command started by npm checks whether its parent still runs. */
const parentCheckMs = 500;

/** npm passes a signal to its shell, which ends without telling its child: the child has to check its parent. */
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
  const isUnderNpm = process.env.npm_lifecycle_event !== undefined;
  const pause = (ms: number, signal: AbortSignal) => setTimeout(ms, undefined, { signal }).catch(() => undefined);
  const signals = watchSignals({
    on: (signal, listener) => void process.on(signal, listener),
    exit: () => process.exit(130),
    now: () => performance.now(),
    isUnderNpm,
    pause,
  });
  if (isUnderNpm) endWithParent(signals.end);
  const exitCode = await main(process.argv.slice(2), {
    output: processOutput(),
    environment: process.env,
    stdin: process.stdin,
    interrupted: signals.interrupted,
    interruptedAgain: signals.interruptedAgain,
    pause,
    now: Date.now,
  });
  // Connections that the SDK keeps open must not delay the exit.
  process.stdout.write('', () => process.exit(exitCode));
}
