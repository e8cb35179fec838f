import { createContext, Script } from 'node:vm';

/** The limits of one piece of work and of all slow work together, in milliseconds. */
export interface TimeLimits {
  oneMs: number;
  allMs: number;
}

/** The result of work that was interrupted, or not started because too much time was lost before it. */
export const outOfTime = Symbol('out of time');

/** Longer work is slow: 100,000 quicker pieces end within one invocation. */
const slowMs = 3;

/**
 * Runs synchronous work that may never end, such as a foreign regular expression, and interrupts it: `vm` can interrupt
 * any JavaScript, also loops inside V8's regular expressions (https://nodejs.org/api/vm.html#scriptruncontext); each
 * run costs about 0.2 ms. Once slow work has used up `allMs`, nothing more is started, so that 100,000 slow pieces end
 * in time.
 */
export function timeLimiter({ oneMs, allMs }: TimeLimits, now = () => performance.now()) {
  const sandbox = createContext({ run: (): void => undefined });
  const script = new Script('run()');
  let lostMs = 0;
  return function withinTime<T>(work: () => T): T | typeof outOfTime {
    if (lostMs >= allMs) return outOfTime;
    let result: T | typeof outOfTime = outOfTime;
    sandbox.run = () => {
      result = work();
    };
    const startedAt = now();
    try {
      script.runInContext(sandbox, { timeout: oneMs });
    } catch (error) {
      if (!isTimeout(error)) throw error;
    } finally {
      const tookMs = now() - startedAt;
      if (tookMs > slowMs) lostMs += tookMs;
    }
    return result;
  };
}

/** The other context throws it, so it is not an `Error` of this one. */
function isTimeout(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}
