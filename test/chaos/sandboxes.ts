import type { Clock, Turn } from '../../lib/local-aws/clock.ts';
import type { Invocation, StartSandbox } from '../../lib/local-aws/lambda/sandbox.ts';
import { type Instance, putToRest, takeInstance } from '../support/in-process/instance.ts';
import { type Flight, takeOff } from './flight.ts';

/** An instance with the invocation that it serves or served last. */
interface Served {
  instance: Instance;
  flight?: Flight;
  busy: boolean;
}

export interface SandboxesOptions {
  clock: Clock;
  /** Told of each invocation before it begins. */
  onTakeOff(flight: Flight): void;
}

/**
 * Runs functions inside this process, one at a time: each bundle with its own environment and the time of the local
 * AWS, and with no other part of the process than its requests.
 */
export function createSandboxes({ clock, onTakeOff }: SandboxesOptions) {
  const flying = new Map<string, Served>();
  const underWay = new Set<Promise<unknown>>();
  const queue = createQueue();
  const counts = new Map<string, number>();

  function nameOf(functionName: string, event: string): string {
    const name = `${functionName} ${event}`;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return `${name} #${count}`;
  }

  async function run(served: Served, flight: Flight, invocation: Invocation, turn: Turn) {
    served.busy = true;
    await queue.take();
    flight.holds(turn, queue);
    try {
      if (flight.isOver()) return;
      flight.land(await served.instance.invoke(invocation, flight.deadline));
    } finally {
      served.busy = false;
      queue.give();
    }
  }

  const startSandbox: StartSandbox = (settings) => {
    const instance = takeInstance(settings);
    const served: Served = { instance, busy: false };
    flying.set(instance.id, served);
    let last: Promise<unknown> = Promise.resolve();
    return {
      // One whose code runs on, though Lambda gave it up, is not used again.
      usable: () => !served.busy,
      invoke(invocation, turn) {
        const { AWS_LAMBDA_FUNCTION_NAME = '' } = settings.environment;
        const name = nameOf(AWS_LAMBDA_FUNCTION_NAME, invocation.event);
        const flight = takeOff({ name, functionName: AWS_LAMBDA_FUNCTION_NAME, clock, invocation });
        served.flight = flight;
        instance.now = clock.now;
        // IDs are among the keys of objects: they are the same whenever a seed is run.
        instance.newId = flight.newId;
        onTakeOff(flight);
        const work = clock.run((own) => run(served, flight, invocation, own));
        underWay.add(work);
        last = work.finally(() => underWay.delete(work));
        return turn ? turn.waitFor(flight.outcome) : flight.outcome;
      },
      async end() {
        last.then(() => {
          flying.delete(instance.id);
          putToRest(instance, settings);
        });
      },
    };
  };

  return {
    startSandbox,
    /** The invocation that sent a request, by its user agent. */
    flightOf: (userAgent = ''): Flight | undefined =>
      flying.get(/ app\/(sandbox-\d+)/.exec(userAgent)?.[1] ?? '')?.flight,
    /** Resolves when the code of no function runs any more. */
    async landed(): Promise<void> {
      while (underWay.size > 0) await Promise.all(underWay);
    },
  };
}

/** One at a time, in the order in which they came. */
function createQueue() {
  let isTaken = false;
  const waiting: (() => void)[] = [];
  return {
    async take(): Promise<void> {
      if (isTaken) await new Promise<void>((resolve) => waiting.push(resolve));
      isTaken = true;
    },
    give(): void {
      const next = waiting.shift();
      if (next) next();
      else isTaken = false;
    },
  };
}
