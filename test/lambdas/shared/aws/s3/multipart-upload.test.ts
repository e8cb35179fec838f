import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import {
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { uploadParts } from '../../../../../lambdas/shared/aws/s3/multipart-upload.ts';
import { startLocalServices } from '../../../../support/local-services.ts';

const MiB = 1024 * 1024;

/** Parts that differ, the last of which may be as small as it likes. */
const bodies = [8 * MiB, 6 * MiB, 8 * MiB, 5 * MiB, 8 * MiB, 3].map((bytes, at) => Buffer.alloc(bytes, String(at)));

async function* given(parts: readonly Uint8Array[], error?: Error): AsyncGenerator<Uint8Array> {
  yield* parts;
  if (error !== undefined) throw error;
}

describe('an upload in parts, on a real S3 protocol', () => {
  let services: Awaited<ReturnType<typeof startLocalServices>>;
  let requests: string[] = [];

  /** What goes over the wire, without what no two requests have in common. */
  function shapeOf({ method, url = '', headers }: IncomingMessage): string {
    const varying = /^(host|authorization|user-agent|x-amz-user-agent|x-amz-date|x-amz-content-sha256|amz-sdk-.*)$/;
    const kept = Object.entries(headers).filter(([name]) => !varying.test(name));
    return JSON.stringify([method, url.replace(/uploadId=[^&]+/, 'uploadId='), kept.sort()]);
  }

  beforeAll(async () => {
    services = await startLocalServices({
      intercept({ http }, serve) {
        if (http.url?.includes('/media-bucket/')) requests.push(shapeOf(http));
        return serve(http);
      },
    });
  });

  afterEach(() => {
    vi.restoreAllMocks();
    requests = [];
  });

  afterAll(async () => {
    await services.close();
  });

  const target = () => ({ Bucket: services.bucket, Key: 'a/list ü.ndjson', ContentType: 'application/x-ndjson' });

  async function openUploads() {
    const { Uploads = [] } = await services.s3.send(new ListMultipartUploadsCommand({ Bucket: services.bucket }));
    return Uploads;
  }

  it('has the parts in their order, and its metadata', async () => {
    await uploadParts(services.s3, { ...target(), Metadata: { run: 'nightly%201' } }, given(bodies));

    const { Bucket, Key } = target();
    const { Body, Metadata } = await services.s3.send(new GetObjectCommand({ Bucket, Key }));
    const read = Buffer.from((await Body?.transformToByteArray()) ?? []);
    expect(read.equals(Buffer.concat(bodies))).toBe(true);
    expect(Metadata).toEqual({ run: 'nightly%201' });
  });

  it.each([
    ['in parts of one size', Array.from({ length: 4 }, (_, at) => Buffer.alloc(at < 3 ? 8 * MiB : 5, 'x'))],
    ['in one request', [Buffer.from('a line\n')]],
    ['with nothing in it', []],
  ])('goes over the wire as that of lib-storage does, %s', async (_, parts) => {
    const Metadata = { run: 'nightly' };
    await uploadParts(services.s3, { ...target(), Metadata }, given(parts));
    const ours = requests;
    requests = [];
    const params = { ...target(), Metadata, Body: Readable.from(given(parts), { objectMode: false }) };
    await new Upload({ client: services.s3, params, partSize: 8 * MiB, queueSize: 3 }).done();

    expect(ours.length).toBeGreaterThan(0);
    expect(ours.sort()).toEqual(requests.sort());
  });

  it.each([0, 1, 2, 3, 5])('leaves nothing where whoever gives the parts fails after %i', async (count) => {
    const { Bucket, Key } = target();
    const failing = given(bodies.slice(0, count), new Error('the lock is lost'));

    await expect(
      uploadParts(services.s3, { Bucket, Key: `${Key}-new`, ContentType: 'text/plain' }, failing),
    ).rejects.toThrow('the lock is lost');

    await expect(services.s3.send(new HeadObjectCommand({ Bucket, Key: `${Key}-new` }))).rejects.toThrow();
    expect(await openUploads()).toEqual([]);
  });

  it('is aborted only when no part is on its way any more, and asks for no further ones', async () => {
    const { Bucket } = target();
    const Key = 'refused.ndjson';
    const order: string[] = [];
    const send = services.s3.send.bind(services.s3);
    let asked = 0;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (; asked < 100; asked++) yield Buffer.alloc(5 * MiB, 'x');
      } finally {
        order.push('told to end');
      }
    }
    vi.spyOn(services.s3, 'send').mockImplementation(
      async (command: { constructor: { name: string }; input: unknown }) => {
        const { name } = command.constructor;
        const { PartNumber } = command.input as { PartNumber?: number };
        if (PartNumber === 2) throw new Error('the second was refused');
        const answer = await (send as (sent: unknown) => Promise<unknown>)(command);
        order.push(`${name} ${PartNumber ?? ''}`.trim());
        return answer as never;
      },
    );

    await expect(uploadParts(services.s3, { Bucket, Key, ContentType: 'text/plain' }, endless())).rejects.toThrow(
      'the second was refused',
    );

    expect(asked).toBeLessThan(6);
    expect(order.at(-1)).toBe('AbortMultipartUploadCommand');
    expect(order).toContain('told to end');
    vi.restoreAllMocks();
    expect(await openUploads()).toEqual([]);
  });

  it('ends although whoever gives the parts waits for its end', async () => {
    const s3 = mockClient(S3Client);
    s3.onAnyCommand().resolves({ UploadId: 'any' });
    s3.on(UploadPartCommand).rejects(new Error('refused'));
    const { promise: ended, resolve: release } = Promise.withResolvers<void>();
    async function* waiting(): AsyncGenerator<Uint8Array> {
      yield* bodies.slice(0, 2);
      await ended;
    }

    await expect(uploadParts(new S3Client(), target(), waiting())).rejects.toThrow('refused');

    release();
    s3.restore();
  });

  it('never appears where it cannot be completed', async () => {
    const { Bucket } = target();
    const send = services.s3.send.bind(services.s3);
    vi.spyOn(services.s3, 'send').mockImplementation((command: { constructor: { name: string } }) => {
      if (command.constructor.name === 'CompleteMultipartUploadCommand') throw new Error('not completed');
      return (send as (sent: unknown) => never)(command);
    });

    const upload = uploadParts(services.s3, { Bucket, Key: 'never', ContentType: 'text/plain' }, given(bodies));

    await expect(upload).rejects.toThrow('not completed');
    vi.restoreAllMocks();
    await expect(services.s3.send(new HeadObjectCommand({ Bucket, Key: 'never' }))).rejects.toThrow();
    expect(await openUploads()).toEqual([]);
  });
});
