import { hash } from 'node:crypto';
import type { Clock, Turn } from '../../lib/local-aws/clock.ts';
import type { Invocation, Outcome } from '../../lib/local-aws/lambda/sandbox.ts';

/** What Step Functions says when it does not know what became of an invocation. */
export const lostAnswer = ['Lambda.Unknown', 'The connection was lost.'] as const;

/** An invocation under way: what Lambda's caller sees of it, and what its code may still do, are two things. */
export type Flight = ReturnType<typeof takeOff>;

interface TakeOff {
  /** The same whenever the seed is run. */
  name: string;
  functionName: string;
  clock: Clock;
  invocation: Invocation;
}

/** Begins an invocation. */
export function takeOff({ name, functionName, clock, invocation }: TakeOff) {
  const deadline = invocation.now + invocation.timeoutMs;
  const { promise: outcome, resolve } = Promise.withResolvers<Outcome>();
  const calls = new Map<string, number>();
  let [over, dead, answerLost] = [false, false, false];
  let ids = 0;
  let frozen: Promise<void> | undefined;
  let hold: { turn: Turn; queue: { take(): Promise<void>; give(): void } } | undefined;

  function land(result: Outcome): void {
    over = true;
    resolve(result);
  }
  function fail(errorType: string, message: string): void {
    land({ errorType, payload: JSON.stringify({ errorType, errorMessage: `Error: ${message}` }) });
  }

  return {
    name,
    functionName,
    deadline,
    outcome,
    event: invocation.event,
    /** The caller has its answer. */
    isOver: () => over,
    /** Nothing of the code reaches the endpoint any more. */
    isDead: () => dead,
    newId(): string {
      ids += 1;
      return hash('sha1', `${name} ${ids}`).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/, '$1-$2-$3-$4-$5');
    },
    /** How many calls of this name it has sent, with this one. */
    count(call: string): number {
      calls.set(call, (calls.get(call) ?? 0) + 1);
      return calls.get(call) ?? 1;
    },
    holds(turn: Turn, queue: { take(): Promise<void>; give(): void }): void {
      hold = { turn, queue };
    },
    /** The code has come to its end. */
    land: (result: Outcome) => (answerLost ? fail(...lostAnswer) : land(result)),
    /** The caller sees a failure; the code goes on. */
    fail,
    /** The code comes to its end, and the caller sees a failure then. */
    loseAnswer(): void {
      answerLost = true;
    },
    kill(errorType: string): void {
      dead = true;
      fail(errorType, 'killed');
    },
    /** Lets virtual time pass while the code stands still, up to the timeout, which kills it. */
    freeze(ms: number): void {
      const work = async () => {
        const left = deadline - clock.now();
        hold?.queue.give();
        await hold?.turn.sleep(Math.min(ms, left));
        if (ms >= left) {
          dead = true;
          fail('Sandbox.Timedout', `Task timed out after ${(invocation.timeoutMs / 1000).toFixed(2)} seconds`);
        }
        await hold?.queue.take();
        frozen = undefined;
      };
      frozen ??= work();
    },
    /** Waits as long as it is frozen. */
    async thawed(turn: Turn): Promise<void> {
      while (frozen) await turn.waitFor(frozen);
    },
  };
}
