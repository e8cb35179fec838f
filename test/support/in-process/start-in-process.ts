import { type Clock, fastClock } from '../../../lib/local-aws/clock.ts';
import type { StartSandbox } from '../../../lib/local-aws/lambda/sandbox.ts';
import { putToRest, takeInstance } from './instance.ts';

/**
 * Runs functions inside this process, from the same bundles and with the same environment: a process of its own for
 * each takes longer to start than most tests to run. What only a process has (its end, its memory, its timeout) needs
 * the real ones.
 */
export function startInProcess(clock: Clock): StartSandbox {
  return (settings) => {
    const instance = takeInstance(settings);
    let isUsable = true;
    let last: Promise<unknown> = Promise.resolve();
    return {
      usable: () => isUsable,
      invoke(invocation, turn) {
        instance.now = clock.now;
        instance.turn = turn;
        instance.logFile = settings.logFile;
        const answer = instance.invoke(invocation, invocation.now + invocation.timeoutMs);
        last = answer;
        return answer;
      },
      async end() {
        if (!isUsable) return;
        isUsable = false;
        await last;
        putToRest(instance, settings);
      },
    };
  };
}

/** Runs the functions of a local AWS inside this process, by a clock that both share. */
export function functionsInProcess() {
  const clock = fastClock(Date.now());
  return { clock, startSandbox: startInProcess(clock) };
}
