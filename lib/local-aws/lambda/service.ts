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
  /** The newest first: a function that gets other code has another `$LATEST`, and the one before goes on with what it does. */
  const versions: FunctionVersion[] = [];
  const closing = new AbortController();

  /** The ARN that a reference means, with the version that it names. */
  function arnOf(reference: string, qualifier?: string | null): string {
    const parts = /^(?:(?:arn:aws:lambda:[^:]+:)?(?:\d{12}:)?function:)?([\w-]+)(?::([$\w-]+))?$/.exec(reference);
    const version = parts?.[2] ?? qualifier;
    return `arn:aws:lambda:${region}:${accountId}:function:${parts?.[1]}${version ? `:${version}` : ''}`;
  }

  function find(arn: string): FunctionVersion {
    const found = versions.find((version) => version.arn === arn.replace(/:\$LATEST$/, ''));
    if (found) return found;
    throw new ServiceError('ResourceNotFoundException', 404, `Function not found: ${arn}`);
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
      const arn = arnOf(decodeURIComponent(name), request.query.get('Qualifier'));
      request.authorize('lambda:InvokeFunction', arn);
      await answerInvoke(find(arn), request, response);
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      response.writeHead(error.status, { 'content-type': 'application/json', 'x-amzn-errortype': error.code });
      response.end(JSON.stringify({ Type: 'User', message: error.message }));
    }
  };

  return {
    service,
    /** Creates a function, or gives it other code, and returns its ARN. What was published stays as it was. */
    createFunction(configuration: FunctionConfiguration): string {
      const arn = arnOf(configuration.functionName);
      versions.unshift(functionVersion(configuration, '$LATEST', arn, settings));
      return arn;
    },
    /** Returns the ARN of the new version. */
    publishVersion(functionName: string): string {
      const { arn, configuration } = find(arnOf(functionName));
      const number = versions.filter((version) => version.arn.startsWith(`${arn}:`)).length + 1;
      versions.push(functionVersion(configuration, `${number}`, `${arn}:${number}`, settings));
      return `${arn}:${number}`;
    },
    /**
     * Invokes a function; the clock stands still while it works.
     *
     * @throws ServiceError when there is no such function or the event is too large
     */
    invoke: (functionArn: string, event: string): Promise<Outcome> =>
      clock.run(async () => find(arnOf(functionArn)).invoke(checkEvent(event, 'RequestResponse'))),
    /** Does not wait for the function; a failure is repeated after one minute and again after two, as on AWS. */
    invokeLater: (functionArn: string, event: string): void =>
      invokeLater(find(arnOf(functionArn)), checkEvent(event, 'Event')),
    /** Ends every process. */
    async close(): Promise<void> {
      closing.abort();
      await Promise.all(versions.map((version) => version.close()));
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
