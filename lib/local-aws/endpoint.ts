import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Clock } from './clock.ts';
import type { Access } from './iam/access.ts';
import type { Context } from './iam/statements.ts';

/** One signed AWS request, read as far as the signature's credential scope. */
export interface AwsRequest {
  method: string;
  /** As it came, still percent-encoded and without the query. */
  path: string;
  query: URLSearchParams;
  /** The request itself: headers and the body as a stream. */
  http: IncomingMessage;
  region: string;
  /** Whether the caller's policies allow an action (`s3:GetObject`) on a resource, an ARN. */
  allows(action: string, resource: string, context?: Context): boolean;
  /** The same, for an action that the call cannot do without. @throws ServiceError, as the service denies access */
  authorize(action: string, resource: string, context?: Context): void;
}

/** An AWS service: answers one request. A thrown `ServiceError` is for the service to put into its own protocol. */
export type Service = (request: AwsRequest, response: ServerResponse) => Promise<void>;

/** An error as AWS would answer it, e.g. `new ServiceError('ValidationException', 400, '…')`. */
export class ServiceError extends Error {
  readonly code: string;
  readonly status: number;
  constructor(code: string, status: number, message: string) {
    super(message);
    this.name = code;
    this.code = code;
    this.status = status;
  }
}

/** Every service of the local AWS behind one port of the loopback interface. */
export interface Endpoint {
  url: string;
  close(): Promise<void>;
}

/**
 * Starts the one HTTP endpoint. The service is the one in the request's SigV4 credential scope (header or presigned URL),
 * so that any AWS client works with `AWS_ENDPOINT_URL` alone; the signature itself is not checked.
 *
 * @param services by the name in the credential scope: `s3`, `dynamodb`, `bedrock`, `states`, `lambda`
 * @throws when the port is taken
 */
export async function startEndpoint(
  port: number,
  clock: Clock,
  services: Record<string, Service>,
  access: Access,
): Promise<Endpoint> {
  const server = createServer({ keepAliveTimeout: 30_000, requestTimeout: 0 }, (http, response) => {
    // The real Date would look like clock skew to a client that lives in virtual time, and make it repeat its requests.
    response.sendDate = false;
    clock
      .run(() => serve(http, response, services, access))
      .catch((error: Error) => {
        if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
        response.end(`The local AWS failed: ${error.stack ?? error.message}`);
      });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EADDRINUSE') return reject(error);
      reject(
        new Error(`Port ${port} is in use, expected a free one: end what listens there or choose another with --port.`),
      );
    });
    server.listen(port, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The endpoint listens on no TCP port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function serve(
  http: IncomingMessage,
  response: ServerResponse,
  services: Record<string, Service>,
  access: Access,
): Promise<void> {
  const [path = '/', search = ''] = splitOnce(http.url ?? '/', '?');
  const query = new URLSearchParams(search);
  const scope =
    /Credential=([^,\s]+)/.exec(http.headers.authorization ?? '')?.[1] ?? query.get('X-Amz-Credential') ?? undefined;
  if (scope === undefined) {
    response.writeHead(403, { 'content-type': 'text/plain' });
    response.end('This request is not signed: use an AWS SDK, the AWS CLI or a presigned URL, with any credentials.\n');
    return;
  }
  // Access key IDs may not contain a slash: <key>/<date>/<region>/<service>/aws4_request.
  const [accessKeyId = '', , region = '', serviceName = ''] = scope.split('/');
  const service = services[serviceName];
  if (!service) {
    response.writeHead(501, { 'content-type': 'application/json', 'x-amzn-errortype': 'NotImplemented' });
    const known = Object.keys(services).sort().join(', ');
    response.end(JSON.stringify({ message: `The local AWS has no service "${serviceName}", only ${known}.` }));
    return;
  }
  const caller = access.callerOf(accessKeyId);
  const finished = new Promise<void>((resolve) => response.once('close', resolve));
  const request: AwsRequest = {
    ...{ method: http.method ?? 'GET', path, query, http, region },
    allows: (action, resource, context) => access.allows(caller, action, resource, context),
    authorize: (action, resource, context) => access.authorize(caller, action, resource, context),
  };
  await service(request, response);
  // dynalite answers by callback; the clock must stand still until the answer has left.
  await finished;
}

function splitOnce(text: string, separator: string): [string, string] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}
