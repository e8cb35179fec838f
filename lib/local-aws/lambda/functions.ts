import { randomUUID } from 'node:crypto';
import { appendFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Turn } from '../clock.ts';
import { credentialsOf } from '../iam/access.ts';
import { notSimulated, type ServiceOptions } from '../service.ts';
import { type Outcome, type Sandbox, type StartSandbox, startSandbox } from './sandbox.ts';

/** A function as the template describes it. */
export interface FunctionConfiguration {
  functionName: string;
  /** Undefined for code in the template, which is not simulated. */
  codeFolder: string | undefined;
  handler: string;
  roleArn: string;
  timeoutSeconds: number;
  memoryMiB: number;
  environment: Record<string, string>;
}

/** Where functions live. */
export interface LambdaSettings extends ServiceOptions {
  /** What functions find in `AWS_ENDPOINT_URL`. */
  endpointUrl: string;
  /** What functions run in; by default a process each. */
  startSandbox?: StartSandbox | undefined;
  /** Sends the record of a failed asynchronous invocation to a destination, as the role of the function. */
  sendRecord?(roleArn: string, destinationArn: string, record: string): void;
}

/** One version of a function with its processes. */
export type FunctionVersion = ReturnType<typeof functionVersion>;

/** Two cores do not go faster with more: further invocations wait their turn. */
const maxProcesses = 8;
const maxIdleProcesses = 2;
/** 6 MB, to which AWS adds 100 bytes: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const maxResponseBytes = 6 * 1024 ** 2 + 100;

/** A version of a function, which can be invoked several times at once. A process is started when one is needed. */
export function functionVersion(
  configuration: FunctionConfiguration,
  version: string,
  arn: string,
  settings: LambdaSettings,
) {
  const logFolder = join(settings.dataFolder, 'logs');
  mkdirSync(logFolder, { recursive: true });
  const logFile = join(logFolder, `${configuration.functionName}.log`);
  const all = new Set<Sandbox>();
  const idle: Sandbox[] = [];
  const waiting: (() => void)[] = [];
  let invocations = 0;
  let closed = false;

  async function inSandbox(event: string, turn?: Turn): Promise<Outcome> {
    const { codeFolder } = configuration;
    if (codeFolder === undefined) return notSimulated(`code that is in the template: give ${arn} a bundle`);
    const now = settings.clock.now();
    const timeoutMs = configuration.timeoutSeconds * 1000;
    const invocation = { now, event, requestId: randomUUID(), functionArn: arn, timeoutMs };
    const note = `RequestId: ${invocation.requestId} Version: ${version}`;
    appendFileSync(logFile, `START ${note} at ${new Date(now).toISOString()}\n`);
    let sandbox = idle.pop();
    while (sandbox && !sandbox.usable()) sandbox = idle.pop();
    if (closed) throw new Error(`The local AWS is ending, ${arn} cannot be invoked any more.`);
    sandbox ??= (settings.startSandbox ?? startSandbox)(
      { ...configuration, codeFolder, logFile, environment: environmentOf(configuration, version, settings) },
      invocation,
    );
    all.add(sandbox);
    const outcome = await sandbox.invoke(invocation, turn);
    if (sandbox.usable() && idle.length < maxIdleProcesses) idle.push(sandbox);
    else await sandbox.end().then(() => all.delete(sandbox));
    appendFileSync(logFile, `END ${note} ${outcome.errorType ?? 'succeeded'}\n`);
    return outcome;
  }

  return {
    arn,
    version,
    configuration,
    /** Errors of the function are outcomes, not rejections. */
    async invoke(event: string, turn?: Turn): Promise<Outcome> {
      if (invocations < maxProcesses) invocations += 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        const outcome = await inSandbox(event, turn);
        if (Buffer.byteLength(outcome.payload) <= maxResponseBytes) return outcome;
        const errorType = 'Function.ResponseSizeTooLarge';
        const errorMessage = `Response payload size exceeded maximum allowed payload size (${maxResponseBytes} bytes).`;
        return { errorType, payload: JSON.stringify({ errorType, errorMessage }) };
      } finally {
        const next = waiting.shift();
        if (next) next();
        else invocations -= 1;
      }
    },
    async close(): Promise<void> {
      closed = true;
      await Promise.all([...all].map((sandbox) => sandbox.end()));
    },
  };
}

/** Lambda's override the template's: https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html */
function environmentOf(configuration: FunctionConfiguration, version: string, { region, endpointUrl }: LambdaSettings) {
  const credentials = credentialsOf(configuration.roleArn);
  return {
    TZ: 'UTC',
    LANG: 'en_US.UTF-8',
    ...configuration.environment,
    _HANDLER: configuration.handler,
    LAMBDA_TASK_ROOT: configuration.codeFolder ?? '',
    AWS_REGION: region,
    AWS_DEFAULT_REGION: region,
    AWS_LAMBDA_FUNCTION_NAME: configuration.functionName,
    AWS_LAMBDA_FUNCTION_VERSION: version,
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(configuration.memoryMiB),
    AWS_LAMBDA_INITIALIZATION_TYPE: 'on-demand',
    AWS_LAMBDA_LOG_GROUP_NAME: `/aws/lambda/${configuration.functionName}`,
    AWS_ACCESS_KEY_ID: credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: credentials.secretAccessKey,
    AWS_SESSION_TOKEN: credentials.sessionToken,
    AWS_ENDPOINT_URL: endpointUrl,
  };
}
