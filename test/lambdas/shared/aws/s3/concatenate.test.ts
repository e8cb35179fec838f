import {
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { concatenate } from '../../../../../lambdas/shared/aws/s3/concatenate.ts';
import type { Piece } from '../../../../../lambdas/shared/domain/ports/media-store.ts';
import { startLocalServices } from '../../../../support/local-services.ts';

const MiB = 1024 * 1024;
const GiB = 1024 * MiB;

describe('objects put together to one', () => {
  let services: Awaited<ReturnType<typeof startLocalServices>>;

  beforeAll(async () => {
    services = await startLocalServices();
  });

  afterEach(() => {
    vi.restoreAllMocks();
  });

  afterAll(async () => {
    await services.close();
  });

  /** Bytes that are others at every place of every piece. */
  const bytesOf = (piece: number, bytes: number) =>
    Buffer.from(new Uint32Array(Math.ceil(bytes / 4)).map((_, at) => (piece << 24) + at).buffer, 0, bytes);

  async function given(sizes: readonly number[]): Promise<{ pieces: Piece[]; whole: Buffer }> {
    const bodies = sizes.map((bytes, at) => bytesOf(at, bytes));
    const put = async (Body: Buffer, at: number) => {
      const key = `parts/a part, ü ${at}`;
      await services.s3.send(new PutObjectCommand({ Bucket: services.bucket, Key: key, Body }));
      return { key, bytes: Body.length };
    };
    return { pieces: await Promise.all(bodies.map(put)), whole: Buffer.concat(bodies) };
  }

  async function read(key: string) {
    const { Body, ContentType } = await services.s3.send(new GetObjectCommand({ Bucket: services.bucket, Key: key }));
    return { bytes: Buffer.from((await Body?.transformToByteArray()) ?? []), ContentType };
  }

  /** How many parts went through memory, and how many did not. */
  function counted() {
    const send = vi.spyOn(services.s3, 'send');
    const count = (type: unknown) => send.mock.calls.filter(([command]) => command.constructor === type).length;
    return () => ({ uploaded: count(UploadPartCommand), copied: count(UploadPartCopyCommand) });
  }

  it.each([
    ['nothing', [], { uploaded: 0, copied: 0 }],
    ['empty objects', [0, 0], { uploaded: 0, copied: 0 }],
    ['small ones, which need no upload in parts', [10, 0, 2 * MiB], { uploaded: 0, copied: 0 }],
    ['just too little for a part', [5 * MiB - 1], { uploaded: 0, copied: 0 }],
    ['just enough for a part', [5 * MiB], { uploaded: 0, copied: 1 }],
    ['large ones, which S3 copies by itself, and a small one', [5 * MiB, 5 * MiB + 1, 3], { uploaded: 1, copied: 2 }],
    ['small ones before a large one, filled up from it', [3, 4, 10 * MiB, 5], { uploaded: 2, copied: 1 }],
    ['large ones of which too little is left to copy', [1, 5 * MiB, 5 * MiB], { uploaded: 3, copied: 0 }],
    ['small ones', [2 * MiB, 3 * MiB + 1, 1], { uploaded: 2, copied: 0 }],
  ])('are the same bytes in the same order: %s', async (_, sizes, parts) => {
    const { pieces, whole } = await given(sizes);
    const count = counted();

    await concatenate(services.s3, { bucket: services.bucket, key: 'whole', pieces, contentType: 'text/csv' });

    expect(count()).toEqual(parts);
    const { bytes, ContentType } = await read('whole');
    expect(bytes.equals(whole)).toBe(true);
    expect(ContentType).toBe('text/csv');
  });

  it('may have text before and between them', async () => {
    const { pieces, whole } = await given([5 * MiB, 7]);

    await concatenate(services.s3, {
      ...{ bucket: services.bucket, key: 'whole', contentType: 'text/csv' },
      pieces: [{ text: 'Kopf: ä\n' }, ...pieces, { text: 'end' }],
    });

    expect(
      (await read('whole')).bytes.equals(Buffer.concat([Buffer.from('Kopf: ä\n'), whole, Buffer.from('end')])),
    ).toBe(true);
  });

  it('leave neither a whole nor an upload where one of them is gone', async () => {
    const { pieces } = await given([6 * MiB]);
    const failing = [...pieces, { key: 'nowhere', bytes: 6 * MiB }];

    await expect(
      concatenate(services.s3, { bucket: services.bucket, key: 'broken', pieces: failing, contentType: 'text/csv' }),
    ).rejects.toMatchObject({ name: 'NoSuchKey' });

    await expect(read('broken')).rejects.toMatchObject({ name: 'NoSuchKey' });
    const { Uploads = [] } = await services.s3.send(new ListMultipartUploadsCommand({ Bucket: services.bucket }));
    expect(Uploads).toEqual([]);
  });

  it('cannot be tried with 5 GiB here, so their parts are only counted', async () => {
    const s3 = new S3Client({ region: 'us-east-1' });
    const sent = mockClient(s3);
    sent.on(CreateMultipartUploadCommand).resolves({ UploadId: 'u' }).on(UploadPartCopyCommand).resolves({});
    const pieces = [{ key: 'huge', bytes: 10 * GiB + 1 }];

    await concatenate(s3, { bucket: 'b', key: 'whole', pieces, contentType: 'text/csv' });

    const copied = sent.commandCalls(UploadPartCopyCommand).map(({ args }) => args[0].input.CopySourceRange ?? '');
    const edges = copied.map((range) => range.replace('bytes=', '').split('-').map(Number));
    expect(edges[0]?.[0]).toBe(0);
    expect(edges.at(-1)?.[1]).toBe(10 * GiB);
    for (const [at, [from = 0, to = 0]] of edges.entries()) {
      expect(to - from + 1).toBeLessThanOrEqual(5 * GiB);
      expect(to - from + 1).toBeGreaterThanOrEqual(5 * MiB);
      if (at > 0) expect(from).toBe((edges[at - 1]?.[1] ?? 0) + 1);
    }
  });
});
