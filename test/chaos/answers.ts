import { once } from 'node:events';
import { IncomingMessage, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import type { ServiceName } from './aws-call.ts';

type Refusal = readonly [code: string, status: number];

/** What each service says when it is asked too much, and when it fails. */
export const errorAnswers: Record<ServiceName, { throttle: Refusal; error: Refusal }> = {
  s3: { throttle: ['SlowDown', 503], error: ['InternalError', 500] },
  dynamodb: { throttle: ['ProvisionedThroughputExceededException', 400], error: ['InternalServerError', 500] },
  bedrock: { throttle: ['ThrottlingException', 429], error: ['InternalServerException', 500] },
  states: { throttle: ['ThrottlingException', 400], error: ['InternalFailure', 500] },
  events: { throttle: ['ThrottlingException', 400], error: ['InternalException', 500] },
};

/** Answers a request with an error of its service, and does nothing of what it asks. */
export async function refuse(
  http: IncomingMessage,
  response: ServerResponse,
  service: ServiceName,
  [code, status]: Refusal,
): Promise<void> {
  http.resume();
  const left = once(response, 'close');
  const message = 'As the seed says.';
  const xml = `<Error><Code>${code}</Code><Message>${message}</Message></Error>`;
  const [type, body] =
    service === 's3' ? ['application/xml', xml] : ['application/json', JSON.stringify({ __type: code, message })];
  response.writeHead(status, { 'content-type': type, 'x-amzn-errortype': code });
  response.end(http.method === 'HEAD' ? undefined : body);
  await left;
}

/** Has the connection break in place of the answer, whoever gives it. */
export function loseAnswer(response: ServerResponse): void {
  response.write = () => true;
  response.end = () => response.destroy();
}

/** Sends a request once more on its own, waits for that answer, and gives the request as it came. */
export async function sendAgain(http: IncomingMessage, endpoint: string): Promise<IncomingMessage> {
  const body = await buffer(http);
  const headers = new Headers();
  for (const [name, value] of Object.entries(http.headers)) {
    // As the network would repeat it: nobody is there to be told.
    if (!/^(host|connection|content-length|expect|user-agent)$/.test(name)) headers.set(name, String(value));
  }
  const again = await fetch(`${endpoint}${http.url}`, { method: http.method ?? 'POST', headers, body });
  await again.arrayBuffer();
  const same = new IncomingMessage(http.socket);
  Object.assign(same, { method: http.method, url: http.url, headers: http.headers });
  same.push(body);
  same.push(null);
  return same;
}
