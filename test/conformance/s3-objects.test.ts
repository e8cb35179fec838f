import { createHash, randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  DeleteObjectCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import { afterAll, describe, expect, it } from 'vitest';
import { startLocalS3 } from '../lib/local-aws/s3/local-s3.ts';

const s3 = await startLocalS3();
afterAll(() => s3.stopAndRemove());
const { client } = s3;
const Bucket = 'conformance-objects';
s3.createBucket(Bucket);

const helloETag = '"5eb63bbbe01eeed093cb22bb8f5acdc3"';
const bytes = randomBytes(300_000);

/** Puts "hello world" under a key that no other test uses. */
async function putHello(Key: string) {
  const input = { Bucket, Key, Body: 'hello world', ContentType: 'text/plain', Metadata: { foo: 'bar' } };
  return client.send(new PutObjectCommand(input));
}

async function textOf(Key: string, more: { Range?: string } = {}) {
  const { Body, ContentRange } = await client.send(new GetObjectCommand({ Bucket, Key, ...more }));
  return { text: await Body?.transformToString(), ContentRange };
}

const refusal = (name: string, httpStatusCode: number) => ({ name, $metadata: { httpStatusCode } });

describe('putting an object', () => {
  it('answers a string body with its MD5 as ETag', async () => {
    const { ETag } = await putHello('string');

    expect(ETag).toBe(helloETag);
  });

  it('gives back body, metadata and content type', async () => {
    await putHello('whole');

    const object = await client.send(new GetObjectCommand({ Bucket, Key: 'whole' }));

    expect(await object.Body?.transformToString()).toBe('hello world');
    expect(object.Metadata).toEqual({ foo: 'bar' });
    expect(object.ContentType).toBe('text/plain');
  });

  it('takes the chunk framing off a streamed body and forgets its encoding', async () => {
    const Body = Readable.from([bytes.subarray(0, 100_000), bytes.subarray(100_000)]);
    await client.send(new PutObjectCommand({ Bucket, Key: 'stream', Body, ContentLength: bytes.length }));

    const object = await client.send(new GetObjectCommand({ Bucket, Key: 'stream' }));

    expect(Buffer.from((await object.Body?.transformToByteArray()) ?? []).equals(bytes)).toBe(true);
    expect(object.ContentEncoding).toBeUndefined();
  });

  it('takes an empty body', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'empty', Body: '' }));

    expect(await textOf('empty')).toMatchObject({ text: '' });
  });

  it('keeps the content encoding of a streamed body', async () => {
    const input = { Bucket, Key: 'gzip', Body: Readable.from([bytes]), ContentLength: bytes.length };
    await client.send(new PutObjectCommand({ ...input, ContentEncoding: 'gzip' }));

    const { ContentEncoding } = await client.send(new HeadObjectCommand({ Bucket, Key: 'gzip' }));

    expect(ContentEncoding).toBe('gzip');
  });

  it('keeps a SHA-256 checksum', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'sha', Body: 'x', ChecksumAlgorithm: 'SHA256' }));

    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'sha', ChecksumMode: 'ENABLED' }));

    expect(head.ChecksumSHA256).toBe(createHash('sha256').update('x').digest('base64'));
  });

  it('takes a CRC64NVME checksum', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'crc64', Body: 'x', ChecksumAlgorithm: 'CRC64NVME' }));

    expect(await textOf('crc64')).toMatchObject({ text: 'x' });
  });

  it('refuses a wrong CRC32', async () => {
    const put = client.send(new PutObjectCommand({ Bucket, Key: 'bad', Body: 'x', ChecksumCRC32: 'AAAAAA==' }));

    await expect(put).rejects.toMatchObject(refusal('BadDigest', 400));
  });
});

describe('reading a range', () => {
  it.each([
    ['bytes=0-4', 'hello', 'bytes 0-4/11'],
    ['bytes=-5', 'world', 'bytes 6-10/11'],
    ['bytes=6-', 'world', 'bytes 6-10/11'],
  ])('answers %s with "%s"', async (Range, text, ContentRange) => {
    await putHello('range');

    expect(await textOf('range', { Range })).toEqual({ text, ContentRange });
  });

  it('refuses a range that begins behind the end', async () => {
    await putHello('range');

    await expect(textOf('range', { Range: 'bytes=100-200' })).rejects.toMatchObject(refusal('InvalidRange', 416));
  });
});

describe('describing an object', () => {
  it('answers HeadObject with length, ETag and time', async () => {
    await putHello('head');

    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'head', ChecksumMode: 'ENABLED' }));

    expect(head).toMatchObject({ ContentLength: 11, ETag: helloETag, ChecksumCRC32: 'DUoRhQ==' });
    expect(head.LastModified).toEqual(new Date(s3.clock.now()));
  });

  it('answers HeadObject of a missing key with NotFound', async () => {
    const head = client.send(new HeadObjectCommand({ Bucket, Key: 'nope' }));

    await expect(head).rejects.toMatchObject(refusal('NotFound', 404));
  });

  it('answers GetObject of a missing key with NoSuchKey', async () => {
    await expect(textOf('nope')).rejects.toMatchObject(refusal('NoSuchKey', 404));
  });

  it('answers GetObjectAttributes with what was asked for', async () => {
    await putHello('attributes');

    const input = { Bucket, Key: 'attributes', ObjectAttributes: ['ObjectSize' as const, 'ETag' as const] };
    const { $metadata, LastModified, ...attributes } = await client.send(new GetObjectAttributesCommand(input));

    expect(attributes).toEqual({ ObjectSize: 11, ETag: helloETag.replaceAll('"', '') });
  });

  it('answers a presigned URL', async () => {
    await putHello('presigned');

    const url = await getSignedUrl(client, new GetObjectCommand({ Bucket, Key: 'presigned' }));
    const response = await fetch(url);

    expect([response.status, await response.text()]).toEqual([200, 'hello world']);
  });
});

describe('deleting an object', () => {
  it('succeeds for a key that is not there', async () => {
    const { $metadata } = await client.send(new DeleteObjectCommand({ Bucket, Key: 'nope' }));

    expect($metadata.httpStatusCode).toBe(204);
  });
});
