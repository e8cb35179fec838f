import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Clock, Turn } from './clock.ts';
import type { Access } from './iam/access.ts';
import { type AwsRequest, notSimulated, type Service, ServiceError } from './service.ts';

type Services = Record<string, Service>;

/**
 * Sees each request before it is served, and may delay it, answer it, replace it or serve it more than once.
 */
export type Intercept = (
  request: { http: IncomingMessage; response: ServerResponse; turn: Turn },
  serve: (http: IncomingMessage) => Promise<void>,
) => Promise<void>;
export type Endpoint = Awaited<ReturnType<typeof startEndpoint>>;

/**
 * Starts the HTTP endpoint on a port of the loopback interface. The service is read from the SigV4 credential scope
 * (header or presigned URL), so any AWS client works with `AWS_ENDPOINT_URL` alone. Signatures are not checked.
 *
 * @param services by the name in the credential scope: `s3`, `dynamodb`, `bedrock`, `states`, `lambda`, `events`
 * @throws when the port is taken
 */
export async function startEndpoint(
  port: number,
  clock: Clock,
  services: Services,
  access: Access,
  intercept: Intercept = ({ http }, serve) => serve(http),
) {
  const server = createServer({ keepAliveTimeout: 30_000, requestTimeout: 0 }, (http, response) => {
    // A client in virtual time would take the real Date for clock skew, and repeat its requests.
    response.sendDate = false;
    clock
      .run((turn) => intercept({ http, response, turn }, (served) => serve(served, response, services, access)))
      .catch((error: Error) => {
        if (!response.headersSent) response.writeHead(500, { 'content-type': 'text/plain' });
        response.end(`The local AWS failed: ${error.stack ?? error.message}`);
      });
  });
  await once(server.listen(port, '127.0.0.1'), 'listening').catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EADDRINUSE') throw error;
    const fix = 'stop the program that listens there, or choose another port with --port';
    throw new Error(`Port ${port} is in use: ${fix}.`, { cause: error });
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The endpoint listens on no TCP port.');
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close(): Promise<void> {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

async function serve(http: IncomingMessage, response: ServerResponse, services: Services, access: Access) {
  const { method = 'GET', url = '/' } = http;
  const [path = '/'] = url.split('?', 1);
  const query = new URLSearchParams(url.slice(path.length));
  const scope = /Credential=([^,\s]+)/.exec(http.headers.authorization ?? '')?.[1] ?? query.get('X-Amz-Credential');
  if (!scope) {
    response.writeHead(403, { 'content-type': 'text/plain' });
    response.end('This request is not signed: use an AWS SDK, the AWS CLI or a presigned URL, with any credentials.\n');
    return;
  }
  // Access key IDs may not contain a slash: <key>/<date>/<region>/<service>/aws4_request.
  const [accessKeyId = '', , region = '', serviceName = ''] = scope.split('/');
  const target = String(http.headers['x-amz-target'] ?? '');
  const caller = access.callerOf(accessKeyId);
  const finished = once(response, 'close');
  try {
    const service = services[serviceName];
    if (!service) return notSimulated(`the service "${serviceName}", only ${Object.keys(services).sort().join(', ')}`);
    const request: AwsRequest = {
      ...{ method, path, query, http, region, operation: target.replace(/.*\./, '') },
      authorize: (action, resource, context) => access.authorize(caller, action, resource, context),
    };
    await service(request, response);
  } catch (error) {
    if (!(error instanceof ServiceError)) throw error;
    const { code, status, message } = error;
    const headers = { 'content-type': 'application/json', 'x-amzn-errortype': code };
    // Services with the operation in a header answer 400:
    // https://docs.aws.amazon.com/step-functions/latest/apireference/CommonErrors.html
    response.writeHead(target !== '' && status < 500 ? 400 : status, headers);
    response.end(JSON.stringify({ __type: code, message }));
  }
  // dynalite answers by callback; the clock may not move before the answer is sent.
  await finished;
}
