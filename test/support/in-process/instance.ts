import * as nodeCrypto from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { z } from 'zod';
import { betweenChecksMs } from '../../../lambdas/on-destroy/on-destroy.ts';
import type { Turn } from '../../../lib/local-aws/clock.ts';
import type { Invocation, Outcome, SandboxSettings } from '../../../lib/local-aws/lambda/sandbox.ts';
import { surroundings, wrappedBundle } from './wrapped-bundle.ts';

const functionSchema = z.custom<(...args: unknown[]) => unknown>((value) => typeof value === 'function');
const moduleSchema = z.object({ exports: z.object({ handler: functionSchema }) });

/** A bundle that was loaded, with the time and the surroundings that it finds. It serves one invocation at a time. */
export interface Instance {
  id: string;
  /** What it takes for the time, in ms. */
  now(): number;
  newId(): string;
  /** By which time passes where a function waits on purpose. */
  turn: Turn | undefined;
  /** What it prints goes to this file, that of the stack it serves. */
  logFile: string;
  invoke(invocation: Pick<Invocation, 'event' | 'requestId' | 'functionArn'>, deadline: number): Promise<Outcome>;
}

/** After this the AWS SDK looks again at a request that has no answer: twice at each one, if it were due at once. */
const lookAgainMs = 3_000;

let loaded = 0;
/** Those that rest, by their function: loading one takes longer than most of what it does. */
const resting = new Map<string, Instance[]>();

/** An instance of a function: one that rests, else a new one. It finds in its environment what a process would find. */
export function takeInstance(settings: SandboxSettings): Instance {
  return resting.get(keyOf(settings))?.pop() ?? load(settings);
}

/** Keeps an instance, which nothing runs in any more, for the next stack at the same endpoint. */
export function putToRest(instance: Instance, settings: SandboxSettings): void {
  const others = resting.get(keyOf(settings)) ?? [];
  resting.set(keyOf(settings), [...others, instance]);
}

const keyOf = ({ codeFolder, environment }: SandboxSettings) => JSON.stringify([codeFolder, environment]);

function load({ codeFolder, environment, logFile }: SandboxSettings): Instance {
  loaded += 1;
  const instance: Instance = {
    id: `sandbox-${loaded}`,
    now: Date.now,
    newId: nodeCrypto.randomUUID,
    turn: undefined,
    logFile,
    invoke: (invocation, deadline) => answerOf(handler, invocation, deadline, instance),
  };
  const env = { ...environment, AWS_SDK_UA_APP_ID: instance.id };
  const output = new Writable({
    write: (chunk, _encoding, done) => {
      appendFileSync(instance.logFile, chunk);
      done();
    },
  });
  const module = { exports: {} };
  const load = createRequire(join(codeFolder, 'index.mjs'));
  const crypto = { ...nodeCrypto, randomUUID: () => instance.newId() };
  const around: Record<(typeof surroundings)[number], unknown> = {
    module,
    exports: module.exports,
    require: (name: string) => (/^(node:)?crypto$/.test(name) ? crypto : load(name)),
    process: Object.create(process, { env: { value: env }, stdout: { value: output }, stderr: { value: output } }),
    Date: dateOf(() => instance.now()),
    // Time does not pass while a function works, so that what it waits for is due at once.
    setTimeout: (callback: () => void, ms: number, ...rest: []) =>
      ms === betweenChecksMs && instance.turn
        ? instance.turn.sleep(ms).then(callback)
        : setTimeout(callback, ms === lookAgainMs ? ms : 0, ...rest),
    console,
    globalThis: ownGlobal(),
  };
  functionSchema.parse(wrappedBundle(codeFolder).runInThisContext())(...surroundings.map((name) => around[name]));
  const { handler } = moduleSchema.parse(module).exports;
  return instance;
}

/** What a library keeps in the global object is not another function's; what Node.js has there is everybody's. */
function ownGlobal(): object {
  const own = {};
  return new Proxy(globalThis, {
    get: (all, name) =>
      Reflect.has(own, name) || typeof name === 'symbol' ? Reflect.get(own, name) : Reflect.get(all, name),
    set: (_all, name, value) => Reflect.set(own, name, value),
  });
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
  handler: (event: unknown, context: unknown) => unknown,
  { event, requestId, functionArn }: Pick<Invocation, 'event' | 'requestId' | 'functionArn'>,
  deadline: number,
  instance: Instance,
): Promise<Outcome> {
  const context = {
    awsRequestId: requestId,
    functionName: functionArn.split(':')[6],
    invokedFunctionArn: functionArn,
    getRemainingTimeInMillis: () => Math.max(0, deadline - instance.now()),
  };
  try {
    return { payload: JSON.stringify(await handler(JSON.parse(event), context)) ?? 'null' };
  } catch (thrown) {
    const isError = thrown instanceof Error;
    const errorType = isError ? thrown.name : typeof thrown;
    const errorMessage = isError ? thrown.message : String(thrown);
    return { errorType, payload: JSON.stringify({ errorType, errorMessage, trace: [] }) };
  }
}
