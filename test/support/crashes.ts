/** The one error that a crash throws, so that no test takes another failure for it. */
export class Crash extends Error {
  override readonly name = 'Crash';
}

/** How many changes go through before the crash, and whether the one that crashes still takes effect. */
export interface CrashPlan {
  changesLeft: number;
  isEffective: boolean;
}

/**
 * The same part, except that the planned change throws `Crash`: before its effect, or after it as if the function was
 * killed between the answer and the next line. Several parts may share one plan; `verbs` are those that change
 * something.
 */
export function crashing<Part extends object>(part: Part, verbs: readonly (keyof Part)[], plan: CrashPlan): Part {
  return new Proxy(part, {
    get(target, name, receiver) {
      const value: unknown = Reflect.get(target, name, receiver);
      if (typeof value !== 'function' || !verbs.some((verb) => verb === name)) return value;
      return async (...args: unknown[]): Promise<unknown> => {
        const isCrash = plan.changesLeft === 0;
        // A function that was killed does nothing any more, whatever its code has in a `finally`.
        if (plan.changesLeft < 0) throw new Crash(`${String(name)} after the crash`);
        plan.changesLeft -= 1;
        if (isCrash && !plan.isEffective) throw new Crash(`before ${String(name)}`);
        const answer: unknown = await Reflect.apply(value, target, args);
        if (isCrash) throw new Crash(`after ${String(name)}`);
        return answer;
      };
    },
  });
}
