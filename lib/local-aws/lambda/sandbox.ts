import { fork } from 'node:child_process';
import { appendFileSync, closeSync, openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import type { Turn } from '../clock.ts';

/** The result of an invocation, in JSON; with an error type the payload is `{errorType, errorMessage, trace}`. */
export interface Outcome {
  payload: string;
  errorType?: string;
}

/** One invocation as the runner gets it; `now` is in the time of the local AWS, `event` is JSON. */
export interface Invocation {
  now: number;
  event: string;
  requestId: string;
  functionArn: string;
  timeoutMs: number;
}

/** Runs a function with its bundle loaded; takes one invocation at a time while it is `usable`. */
export interface Sandbox {
  usable(): boolean;
  /** Errors of the function are no rejections. With a turn, time may pass while the function waits for it. */
  invoke(invocation: Invocation, turn?: Turn): Promise<Outcome>;
  end(): Promise<void>;
}

/** The function of a sandbox, with its whole environment. */
export interface SandboxSettings {
  codeFolder: string;
  memoryMiB: number;
  environment: Record<string, string>;
  logFile: string;
}

/** Starts a sandbox for the invocation that needs one. */
export type StartSandbox = (settings: SandboxSettings, first: Invocation) => Sandbox;

const runnerFile = fileURLToPath(new URL('runner.mjs', import.meta.url));
/** How long AWS lets a function initialise before that counts toward its timeout, in milliseconds. */
const maxInitMs = 10_000;
const answerSchema = z.strictObject({
  payload: z.string(),
  errorType: z.string().optional(),
  /** The process ends after this answer. */
  ends: z.boolean().default(false),
});

/** Starts a process for a function, with only this environment. */
export const startSandbox: StartSandbox = (settings, first) => {
  const log = openSync(settings.logFile, 'a');
  const child = fork(runnerFile, [String(first.now)], {
    cwd: settings.codeFolder,
    env: settings.environment,
    execArgv: [`--max-old-space-size=${settings.memoryMiB}`],
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  let usable = true;
  let requestId = first.requestId;
  let answer: ((outcome: Outcome) => void) | undefined;
  const ended = Promise.withResolvers<void>();
  child.on('message', (message) => {
    const { ends, ...outcome } = answerSchema.parse(message);
    if (ends) usable = false;
    answer?.(outcome);
  });
  child.once('exit', (code, signal) => exited(signal ? `signal: ${signal}` : `exit status ${code}`));
  child.on('error', (error) => exited(error.message));
  const loaded = nextAnswer(first, maxInitMs + first.timeoutMs);

  function exited(how: string): void {
    fail('Runtime.ExitError', `Runtime exited with error: ${how}`);
    ended.resolve();
  }

  function fail(errorType: string, message: string): void {
    usable = false;
    if (!answer) return;
    const errorMessage = `RequestId: ${requestId} Error: ${message}`;
    appendFileSync(settings.logFile, `${errorMessage}\n`);
    answer({ errorType, payload: JSON.stringify({ errorType, errorMessage }) });
  }

  /** The timeout is in real time: the process does real work, which may never end. */
  function nextAnswer({ timeoutMs }: Invocation, maxMs: number): Promise<Outcome> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        fail('Sandbox.Timedout', `Task timed out after ${(timeoutMs / 1000).toFixed(2)} seconds`);
        child.kill('SIGKILL');
      }, maxMs);
      answer = (outcome) => {
        clearTimeout(timer);
        answer = undefined;
        resolve(outcome);
      };
    });
  }

  return {
    usable: () => usable,
    async invoke(invocation) {
      requestId = invocation.requestId;
      const initialised = await loaded;
      if (initialised.errorType !== undefined) return initialised;
      // Sending to a process that is gone fails; its exit is then the answer.
      child.send(invocation, () => {});
      return await nextAnswer(invocation, invocation.timeoutMs);
    },
    async end() {
      child.kill('SIGKILL');
      await ended.promise;
    },
  };
};
