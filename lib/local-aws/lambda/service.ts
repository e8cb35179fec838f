import { statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import type { ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { type AwsRequest, type Service, ServiceError } from '../endpoint.ts';
import { type FunctionConfiguration, type FunctionVersion, functionVersion, type LambdaSettings } from './functions.ts';
import type { Outcome } from './sandbox.ts';

/** The local Lambda. */
export type Lambda = ReturnType<typeof lambdaService>;

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const maxEventBytes = { RequestResponse: 6 * 1024 ** 2, Event: 1024 ** 2 };
/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
const retryAfterMs = [60_000, 120_000];
const logTailBytes = 4096;

/** A Lambda with no functions yet. */
export function lambdaService(settings: LambdaSettings) {
  const { clock, accountId, region } = settings;
  const functions = new Map<string, FunctionVersion[]>();
  const closing = new AbortController();

  function find(reference: string, qualifier?: string | null): FunctionVersion {
    const parts = /^(?:(?:arn:aws:lambda:[^:]+:)?(?:\d{12}:)?function:)?([\w-]+)(?::([$\w-]+))?$/.exec(reference);
    const wanted = parts?.[2] ?? qualifier ?? '$LATEST';
    const found = functions.get(parts?.[1] ?? '')?.find(({ version }) => version === wanted);
    if (found) return found;
    throw new ServiceError('ResourceNotFoundException', 404, `Function not found: ${reference}, version ${wanted}`);
  }

  function invokeLater(version: FunctionVersion, event: string): void {
    async function untilItSucceeds() {
      for (const waitMs of [...retryAfterMs, undefined]) {
        const outcome = await clock.run(() => version.invoke(event));
        if (outcome.errorType === undefined || waitMs === undefined) return;
        await clock.sleep(waitMs, { signal: closing.signal });
      }
    }
    untilItSucceeds().catch((error) => {
      if (!closing.signal.aborted) process.emitWarning(`${version.arn} could not be invoked: ${String(error)}`);
    });
  }

  async function answerInvoke(version: FunctionVersion, { http }: AwsRequest, response: ServerResponse) {
    const type = http.headers['x-amz-invocation-type'] === 'Event' ? 'Event' : 'RequestResponse';
    const event = checkEvent((await buffer(http)).toString() || '{}', type);
    const headers: Record<string, string> = { 'x-amz-executed-version': version.version };
    if (type === 'Event') {
      invokeLater(version, event);
      return response.writeHead(202, headers).end();
    }
    const logStart = statSync(version.logFile, { throwIfNoEntry: false })?.size ?? 0;
    const { payload, errorType } = await version.invoke(event);
    if (errorType !== undefined) headers['x-amz-function-error'] = 'Unhandled';
    if (http.headers['x-amz-log-type'] === 'Tail') {
      const log = (await readFile(version.logFile)).subarray(logStart);
      headers['x-amz-log-result'] = log.subarray(-logTailBytes).toString('base64');
    }
    return response.writeHead(200, { ...headers, 'content-type': 'application/json' }).end(payload);
  }

  const service: Service = async (request, response) => {
    try {
      const [, name] = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(request.path) ?? [];
      if (name === undefined || request.method !== 'POST') {
        const message = `The local Lambda can only Invoke; this was ${request.method} ${request.path}.`;
        throw new ServiceError('NotImplemented', 501, message);
      }
      await answerInvoke(find(decodeURIComponent(name), request.query.get('Qualifier')), request, response);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      response.writeHead(error.status, { 'content-type': 'application/json', 'x-amzn-errortype': error.code });
      response.end(JSON.stringify({ Type: 'User', message: error.message }));
    }
  };

  return {
    service,
    /** Returns the function's ARN. */
    createFunction(configuration: FunctionConfiguration): string {
      const arn = `arn:aws:lambda:${region}:${accountId}:function:${configuration.functionName}`;
      functions.set(configuration.functionName, [functionVersion(configuration, '$LATEST', arn, settings)]);
      return arn;
    },
    /** Returns the ARN of the new version. */
    publishVersion(functionName: string): string {
      const { arn, configuration } = find(functionName);
      const versions = functions.get(configuration.functionName) ?? [];
      const published = functionVersion(configuration, `${versions.length}`, `${arn}:${versions.length}`, settings);
      versions.push(published);
      return published.arn;
    },
    /**
     * Invokes a function; the clock stands still while it works.
     *
     * @throws ServiceError when there is no such function or the event is too large
     */
    invoke: (functionArn: string, event: string): Promise<Outcome> =>
      clock.run(async () => find(functionArn).invoke(checkEvent(event, 'RequestResponse'))),
    /** Does not wait for the function; a failure is repeated after one minute and again after two, as on AWS. */
    invokeLater: (functionArn: string, event: string): void =>
      invokeLater(find(functionArn), checkEvent(event, 'Event')),
    /** Ends every process. */
    async close(): Promise<void> {
      closing.abort();
      await Promise.all([...functions.values()].flat().map((version) => version.close()));
    },
  };
}

function checkEvent(event: string, type: keyof typeof maxEventBytes): string {
  const bytes = Buffer.byteLength(event);
  if (bytes > maxEventBytes[type]) {
    const message = `${bytes} byte payload is too large for the ${type} invocation type (limit ${maxEventBytes[type]} bytes)`;
    throw new ServiceError('RequestEntityTooLargeException', 413, message);
  }
  try {
    JSON.parse(event);
  } catch (error) {
    const message = `Could not parse request body into json: ${String(error)}`;
    throw new ServiceError('InvalidRequestContentException', 400, message);
  }
  return event;
}
