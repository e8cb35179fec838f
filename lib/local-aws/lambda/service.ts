import { randomUUID } from 'node:crypto';
import { text } from 'node:stream/consumers';
import { parseJson } from '../json.ts';
import { notSimulated, type Service, ServiceError } from '../service.ts';
import { type FunctionConfiguration, type FunctionVersion, functionVersion, type LambdaSettings } from './functions.ts';
import type { Outcome } from './sandbox.ts';

/** The local Lambda. */
export type Lambda = ReturnType<typeof lambdaService>;

/** https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html */
const maxEventBytes = { RequestResponse: 6 * 1024 ** 2, Event: 1024 ** 2 };
/** https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-error-handling.html */
const retryAfterMs = [60_000, 120_000];

/** A Lambda with no functions yet. */
export function lambdaService(settings: LambdaSettings) {
  const { clock, accountId, region } = settings;
  /** Newest first: new code is another `$LATEST`, and the one before finishes its invocations. */
  const versions: FunctionVersion[] = [];
  const deleted: FunctionVersion[] = [];
  /** By the ARN of a version. */
  const onFailure = new Map<string, string>();
  const closing = new AbortController();

  /** The ARN of a reference, with its version. */
  function arnOf(reference: string, qualifier?: string | null): string {
    // A function of another Region or account does not exist here.
    const here = reference.replace(`arn:aws:lambda:${region}:`, '').replace(`${accountId}:function:`, 'function:');
    const parts = /^(?:function:)?([\w-]+)(?::([$\w-]+))?$/.exec(here);
    if (!parts) throw new ServiceError('ResourceNotFoundException', 404, `Function not found: ${reference}`);
    const version = parts[2] ?? qualifier;
    return `arn:aws:lambda:${region}:${accountId}:function:${parts[1]}${version ? `:${version}` : ''}`;
  }

  function find(arn: string): FunctionVersion {
    const found = versions.find((version) => version.arn === arn.replace(/:\$LATEST$/, ''));
    if (found) return found;
    throw new ServiceError('ResourceNotFoundException', 404, `Function not found: ${arn}`);
  }

  const service: Service = async ({ method, path, query, http, authorize }, response) => {
    const [, name] = /^\/2015-03-31\/functions\/([^/]+)\/invocations$/.exec(path) ?? [];
    const type = http.headers['x-amz-invocation-type'] ?? 'RequestResponse';
    if (name === undefined || method !== 'POST') return notSimulated(`${method} ${path} of Lambda, only Invoke`);
    if (type !== 'RequestResponse') return notSimulated(`Invoke of Lambda with the invocation type ${type}`);
    const arn = arnOf(decodeURIComponent(name), query.get('Qualifier'));
    authorize('lambda:InvokeFunction', arn);
    const version = find(arn);
    const event = checkEvent((await text(http)) || '{}', 'RequestResponse');
    const { payload, errorType } = await version.invoke(event);
    response.setHeader('x-amz-executed-version', version.version);
    if (errorType !== undefined) response.setHeader('x-amz-function-error', 'Unhandled');
    response.setHeader('content-type', 'application/json').end(payload);
  };

  return {
    service,
    /** Creates a function, or gives it other code, and returns its ARN. Published versions stay the same. */
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
    /** Sets the destination of a version's failed asynchronous invocations. */
    setOnFailure: (version: string, destinationArn: string) => void onFailure.set(arnOf(version), destinationArn),
    /** Deletes a function with its versions; running invocations finish. */
    deleteFunction(functionName: string): void {
      const arn = arnOf(functionName);
      for (const version of versions.filter((each) => `${each.arn}:`.startsWith(`${arn}:`)))
        deleted.push(...versions.splice(versions.indexOf(version), 1));
    },
    /**
     * Invokes a function; no time passes on the clock while it works.
     *
     * @throws ServiceError when there is no such function or the event is too large
     */
    invoke: (functionArn: string, event: string): Promise<Outcome> =>
      clock.run(async (turn) => find(arnOf(functionArn)).invoke(checkEvent(event, 'RequestResponse'), turn)),
    /**
     * Invokes a function without waiting. A failure is repeated after one minute and again after two, as on AWS, and
     * the last one goes to the version's destination.
     */
    invokeLater(functionArn: string, event: string): void {
      const version = find(arnOf(functionArn));
      checkEvent(event, 'Event');
      async function untilItSucceeds() {
        let outcome = await clock.run((turn) => version.invoke(event, turn));
        for (const waitMs of retryAfterMs) {
          if (outcome.errorType === undefined) return;
          await clock.sleep(waitMs, { signal: closing.signal });
          outcome = await clock.run((turn) => version.invoke(event, turn));
        }
        const destinationArn = onFailure.get(version.arn);
        if (outcome.errorType === undefined || destinationArn === undefined) return;
        const record = failureRecord(version, event, outcome, { now: clock.now(), count: retryAfterMs.length + 1 });
        settings.sendRecord?.(version.configuration.roleArn, destinationArn, JSON.stringify(record));
      }
      untilItSucceeds().catch((error) => {
        if (!closing.signal.aborted) process.emitWarning(`${version.arn} could not be invoked: ${String(error)}`);
      });
    },
    /** Ends every process. */
    async close(): Promise<void> {
      closing.abort();
      await Promise.all([...versions, ...deleted].map((version) => version.close()));
    },
  };
}

function checkEvent(event: string, type: keyof typeof maxEventBytes): string {
  const bytes = Buffer.byteLength(event);
  if (bytes > maxEventBytes[type]) {
    const limit = `(limit ${maxEventBytes[type]} bytes)`;
    const message = `${bytes} byte payload is too large for the ${type} invocation type ${limit}`;
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

/**
 * The record that an on-failure destination gets of an asynchronous invocation:
 * https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-retain-records.html
 */
function failureRecord(
  { arn, version }: FunctionVersion,
  event: string,
  outcome: Outcome,
  invocation: { now: number; count: number },
) {
  return {
    version: '1.0',
    timestamp: new Date(invocation.now).toISOString(),
    requestContext: {
      requestId: randomUUID(),
      functionArn: arn,
      condition: 'RetriesExhausted',
      approximateInvokeCount: invocation.count,
    },
    requestPayload: parseJson(event),
    responseContext: { statusCode: 200, executedVersion: version, functionError: 'Unhandled' },
    responsePayload: parseJson(outcome.payload),
  };
}
