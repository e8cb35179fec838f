import * as nodeCrypto from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { Script } from 'node:vm';
import { z } from 'zod';
import type { Clock, Turn } from '../../lib/local-aws/clock.ts';
import type { Invocation, Outcome, SandboxSettings, StartSandbox } from '../../lib/local-aws/lambda/sandbox.ts';
import { surroundings, wrappedFile } from './bundles.ts';
import { type Flight, takeOff } from './flight.ts';

const functionSchema = z.custom<(...args: unknown[]) => unknown>((value) => typeof value === 'function');
const moduleSchema = z.object({ exports: z.object({ handler: functionSchema }) });

/** A bundle that was loaded, with the time and the surroundings that it finds. It serves one invocation at a time. */
interface Instance {
  id: string;
  handler: (event: unknown, context: unknown) => unknown;
  /** The invocation that it serves or served last. */
  flight?: Flight;
  busy: boolean;
  now(): number;
}

const scripts = new Map<string, Script>();
/** Those that rest, by their function: loading one takes longer than most of what it does. */
const resting = new Map<string, Instance[]>();
let loaded = 0;

export interface SandboxesOptions {
  clock: Clock;
  /** Told of each invocation before it begins. */
  onTakeOff(flight: Flight): void;
}

/**
 * Runs functions inside this process, one at a time: each bundle with its own environment and the time of the local AWS, and with
 * no other part of the process than its requests.
 */
export function createSandboxes({ clock, onTakeOff }: SandboxesOptions) {
  const flying = new Map<string, Instance>();
  const underWay = new Set<Promise<unknown>>();
  const queue = createQueue();
  const counts = new Map<string, number>();

  function nameOf(functionName: string, event: string): string {
    const name = `${functionName} ${event}`;
    const count = (counts.get(name) ?? 0) + 1;
    counts.set(name, count);
    return `${name} #${count}`;
  }

  async function run(instance: Instance, flight: Flight, { event, ...invocation }: Invocation, turn: Turn) {
    instance.busy = true;
    await queue.take();
    flight.holds(turn, queue);
    try {
      if (flight.isOver()) return;
      flight.land(await answerOf(instance, event, invocation, flight));
    } finally {
      instance.busy = false;
      queue.give();
    }
  }

  const startSandbox: StartSandbox = (settings) => {
    const key = JSON.stringify([settings.codeFolder, settings.environment]);
    const instance = resting.get(key)?.pop() ?? load(settings);
    flying.set(instance.id, instance);
    let last: Promise<unknown> = Promise.resolve();
    return {
      // One whose code runs on, though Lambda gave it up, is not used again.
      usable: () => !instance.busy,
      invoke(invocation, turn) {
        const { AWS_LAMBDA_FUNCTION_NAME = '' } = settings.environment;
        const name = nameOf(AWS_LAMBDA_FUNCTION_NAME, invocation.event);
        const flight = takeOff({ name, functionName: AWS_LAMBDA_FUNCTION_NAME, clock, invocation });
        instance.flight = flight;
        instance.now = clock.now;
        onTakeOff(flight);
        const work = clock.run((own) => run(instance, flight, invocation, own));
        underWay.add(work);
        last = work.finally(() => underWay.delete(work));
        return turn ? turn.waitFor(flight.outcome) : flight.outcome;
      },
      async end() {
        last.then(() => {
          flying.delete(instance.id);
          resting.set(key, [...(resting.get(key) ?? []), instance]);
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

function load(settings: SandboxSettings): Instance {
  loaded += 1;
  const file = join(settings.codeFolder, wrappedFile);
  const script = scripts.get(file) ?? new Script(readFileSync(file, 'utf8'), { filename: file });
  scripts.set(file, script);
  const instance: Instance = { id: `sandbox-${loaded}`, handler: () => undefined, busy: false, now: Date.now };
  const env = { ...settings.environment, AWS_SDK_UA_APP_ID: instance.id };
  const silence = new Writable({ write: (_chunk, _encoding, done) => done() });
  const module = { exports: {} };
  const load = createRequire(file);
  // IDs are among the keys of objects: they are the same whenever a seed is run.
  const crypto = { ...nodeCrypto, randomUUID: () => instance.flight?.newId() ?? nodeCrypto.randomUUID() };
  const around: Record<(typeof surroundings)[number], unknown> = {
    module,
    exports: module.exports,
    require: (name: string) => (/^(node:)?crypto$/.test(name) ? crypto : load(name)),
    process: Object.create(process, { env: { value: env }, stdout: { value: silence }, stderr: { value: silence } }),
    Date: dateOf(() => instance.now()),
    // Time does not pass while a function works, so that what it waits for is due at once.
    setTimeout: (callback: () => void, _ms: number, ...rest: []) => setTimeout(callback, 0, ...rest),
    console,
  };
  functionSchema.parse(script.runInThisContext())(...surroundings.map((name) => around[name]));
  instance.handler = moduleSchema.parse(module).exports.handler;
  return instance;
}

function dateOf(now: () => number): DateConstructor {
  return new Proxy(Date, {
    construct: (target, args, newTarget) => Reflect.construct(target, args.length > 0 ? args : [now()], newTarget),
    apply: () => new Date(now()).toString(),
    get: (target, name) => (name === 'now' ? now : Reflect.get(target, name)),
  });
}

/** As Lambda's own runtime answers. */
async function answerOf(
  instance: Instance,
  event: string,
  { requestId, functionArn }: Omit<Invocation, 'event'>,
  { functionName, deadline }: Flight,
): Promise<Outcome> {
  const context = {
    ...{ awsRequestId: requestId, functionName, invokedFunctionArn: functionArn },
    getRemainingTimeInMillis: () => Math.max(0, deadline - instance.now()),
  };
  try {
    return { payload: JSON.stringify(await instance.handler(JSON.parse(event), context)) ?? 'null' };
  } catch (thrown) {
    const isError = thrown instanceof Error;
    const errorType = isError ? thrown.name : typeof thrown;
    const errorMessage = isError ? thrown.message : String(thrown);
    return { errorType, payload: JSON.stringify({ errorType, errorMessage, trace: [] }) };
  }
}
