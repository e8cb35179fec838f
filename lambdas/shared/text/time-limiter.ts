import { createContext, Script } from 'node:vm';

/** How long one piece of work may take, and how much time all that is slow may cost together, in milliseconds. */
export interface TimeLimits {
  oneMs: number;
  allMs: number;
}

/** What stands for work that was cut off, or not begun because too much time was lost before it. */
export const outOfTime = Symbol('out of time');

/** Work is slow from here on: of what is quicker, 100,000 pieces end within a turn. */
const slowMs = 3;

/**
 * Runs synchronous work that may take for ever, such as a regular expression of somebody else's, and cuts it off: `vm` can
 * interrupt any JavaScript, loops inside of V8's regular expressions included (https://nodejs.org/api/vm.html#scriptruncontext).
 * A run costs about 0.2 ms for the watch over it. Once all that is slow has cost too much, cut off or not, nothing is begun any
 * more, so that 100,000 slow pieces cannot keep a job from its end.
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
    const begun = now();
    try {
      script.runInContext(sandbox, { timeout: oneMs });
    } catch (error) {
      if (!isTimeout(error)) throw error;
    } finally {
      const tookMs = now() - begun;
      if (tookMs > slowMs) lostMs += tookMs;
    }
    return result;
  };
}

/** Thrown by the other context, so that it is no `Error` of this one. */
function isTimeout(error: unknown): boolean {
  return (
    typeof error === 'object' && error !== null && 'code' in error && error.code === 'ERR_SCRIPT_EXECUTION_TIMEOUT'
  );
}
