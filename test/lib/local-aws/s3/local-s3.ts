import { mkdtempSync, rmSync } from 'node:fs';
import { type Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { S3Client } from '@aws-sdk/client-s3';
import { fastClock } from '../../../../lib/local-aws/clock.ts';
import { startEndpoint } from '../../../../lib/local-aws/endpoint.ts';
import type { ObjectCreated } from '../../../../lib/local-aws/s3/object-store.ts';
import { s3Service } from '../../../../lib/local-aws/s3/service.ts';
import type { Service } from '../../../../lib/local-aws/service.ts';
import { administrator } from '../../../support/administrator.ts';

export interface RawRequest {
  method: string;
  /** As it goes over the wire: nothing is normalised or encoded. */
  path: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** Hangs up. */
  signal?: AbortSignal;
  /** Keeps the connection; without one each request has its own. */
  agent?: Agent;
}

export interface RawResponse {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** Distinguishes connections. */
  localPort: number | undefined;
}

export type LocalS3 = Awaited<ReturnType<typeof startLocalS3>>;

const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };

/** Sends a request that no SDK would send; one whose `body` is shorter than its Content-Length waits to be answered. */
export function sendRaw(
  url: string,
  { method, path, headers = {}, body = '', signal, agent }: RawRequest,
): Promise<RawResponse> {
  const authorization = 'AWS4-HMAC-SHA256 Credential=any/20261101/us-east-1/s3/aws4_request';
  const all = { authorization, 'content-length': String(Buffer.byteLength(body)), ...headers };
  const isWhole = Buffer.byteLength(body) === Number(all['content-length']);
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, { method, path, headers: all, signal, agent });
    request.on('error', reject);
    request.on('response', (response) => {
      const { statusCode = 0, headers: answered, socket } = response;
      const { localPort } = socket;
      text(response).then((answer) => {
        if (!isWhole) request.destroy();
        resolve({ status: statusCode, headers: answered, text: answer, localPort });
      }, reject);
    });
    if (isWhole) request.end(body);
    else request.write(body);
  });
}

/** A local S3 behind a real endpoint, with the real client; its time passes only when a test moves it. */
export async function startLocalS3(dataFolder = mkdtempSync(join(tmpdir(), 'local-s3-')), access = administrator()) {
  const clock = fastClock(Date.UTC(2026, 10, 1, 12));
  const events: ObjectCreated[] = [];
  const s3 = s3Service({ dataFolder, clock, onObjectCreated: (event) => events.push(event) });
  const inFlight = new Set<Promise<void>>();
  const service: Service = (request, response) => {
    const answered = s3.service(request, response).finally(() => inFlight.delete(answered));
    inFlight.add(answered);
    return answered;
  };
  const endpoint = await startEndpoint(0, clock, { s3: service }, access);
  const client = new S3Client({ endpoint: endpoint.url, region: 'us-east-1', credentials, maxAttempts: 1 });

  return {
    dataFolder,
    url: endpoint.url,
    clock,
    events,
    client,
    createBucket: s3.createBucket,
    raw: (request: RawRequest) => sendRaw(endpoint.url, request),
    /** Resolves when the service has ended its work on every request that came, the broken ones too. */
    async settled() {
      while (inFlight.size > 0) await Promise.allSettled(inFlight);
    },
    async stop() {
      client.destroy();
      await endpoint.close();
      s3.close();
    },
    async stopAndRemove() {
      await this.stop();
      rmSync(dataFolder, { recursive: true });
    },
  };
}
