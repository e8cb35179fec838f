import { createHash } from 'node:crypto';
import { Agent } from 'node:http';
import { crc32 } from 'node:zlib';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, expect, it } from 'vitest';
import { decodeChunks } from '../../../../lib/local-aws/s3/aws-chunked.ts';
import { startLocalS3 } from './local-s3.ts';

const s3 = await startLocalS3();
afterAll(() => s3.stopAndRemove());
const Bucket = 'chunked';
s3.createBucket(Bucket);

const crc = (text: string) => {
  const value = Buffer.alloc(4);
  value.writeUInt32BE(crc32(text));
  return value.toString('base64');
};

const chunked = (length: number) => ({
  'content-encoding': 'aws-chunked',
  'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  'x-amz-decoded-content-length': String(length),
});

/** Puts a body that is framed by hand. */
const putChunked = (key: string, body: string, length: number, more: Record<string, string> = {}) =>
  s3.raw({ method: 'PUT', path: `/${Bucket}/${key}`, headers: { ...chunked(length), ...more }, body });

async function stored(Key: string) {
  const { Body, ContentEncoding } = await s3.client.send(new GetObjectCommand({ Bucket, Key }));
  return { text: await Body?.transformToString(), ContentEncoding };
}

it('takes unsigned chunks and checks the checksum in the trailer', async () => {
  const trailer = { 'x-amz-trailer': 'x-amz-checksum-crc32' };
  const body = `5\r\nhello\r\n6\r\n world\r\n0\r\nx-amz-checksum-crc32:${crc('hello world')}\r\n\r\n`;

  const { status, headers } = await putChunked('unsigned', body, 11, trailer);

  expect([status, headers['x-amz-checksum-crc32']]).toEqual([200, crc('hello world')]);
  expect(await stored('unsigned')).toEqual({ text: 'hello world', ContentEncoding: undefined });
});

it('takes signed chunks with a signed trailer', async () => {
  const signature = `chunk-signature=${'a'.repeat(64)}`;
  const trailer = `x-amz-checksum-crc32:${crc('hello')}\r\nx-amz-trailer-signature:${'b'.repeat(64)}\r\n`;
  const body = `5;${signature}\r\nhello\r\n0;${signature}\r\n${trailer}\r\n`;
  const signed = { 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER' };

  const { status } = await putChunked('signed', body, 5, { ...signed, 'x-amz-trailer': 'x-amz-checksum-crc32' });

  expect(status).toBe(200);
  expect(await stored('signed')).toMatchObject({ text: 'hello' });
});

it('keeps the other encodings of a body', async () => {
  const body = '5\r\nhello\r\n0\r\n\r\n';

  await putChunked('encoded', body, 5, { 'content-encoding': 'gzip,aws-chunked' });

  expect((await s3.raw({ method: 'HEAD', path: `/${Bucket}/encoded` })).headers['content-encoding']).toBe('gzip');
});

it.each([
  [
    'a wrong checksum in the trailer',
    `5\r\nhello\r\n0\r\nx-amz-checksum-crc32:${crc('other')}\r\n\r\n`,
    5,
    'BadDigest',
  ],
  ['fewer bytes than announced', '5\r\nhello\r\n0\r\n\r\n', 6, 'IncompleteBody'],
  ['more bytes than announced', '5\r\nhello\r\n0\r\n\r\n', 4, 'IncompleteBody'],
  ['a chunk that is longer than its size', '4\r\nhello\r\n0\r\n\r\n', 4, 'IncompleteBody'],
  ['no last chunk', '5\r\nhello\r\n', 5, 'IncompleteBody'],
  ['half a trailer', '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:', 5, 'IncompleteBody'],
  ['no framing at all', 'hello world\r\n', 13, 'IncompleteBody'],
  ['a line without end', 'f'.repeat(10_000), 5, 'IncompleteBody'],
])('refuses %s, and nothing is there afterwards', async (what, body, length, code) => {
  const key = encodeURIComponent(what);

  const { status, text } = await putChunked(key, body, length, { 'x-amz-trailer': 'x-amz-checksum-crc32' });

  expect([status, text]).toEqual([400, expect.stringContaining(`<Code>${code}</Code>`)]);
  expect((await s3.raw({ method: 'HEAD', path: `/${Bucket}/${key}` })).status).toBe(404);
});

it('answers the next request on a connection whose last body was refused half-way', async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const endless = `no size\r\n${'x'.repeat(4 * 1024 ** 2)}`;
  const first = await s3.raw({
    method: 'PUT',
    path: `/${Bucket}/refused`,
    headers: chunked(endless.length),
    body: endless,
    agent,
  });
  const second = await s3.raw({ method: 'PUT', path: `/${Bucket}/next`, body: 'next', agent });
  agent.destroy();

  expect([first.status, second.status]).toEqual([400, 200]);
  expect(second.localPort).toBe(first.localPort);
});

it('decodes the same whatever pieces the network makes', async () => {
  const text = 'a body of several chunks, one of which is longer than the others';
  const framed = Buffer.from(
    `14\r\n${text.slice(0, 20)}\r\n1\r\n${text[20]}\r\n2b\r\n${text.slice(21)}\r\n0\r\na: b\r\n\r\n`,
  );

  for (let size = 1; size <= framed.length; size += 1) {
    const pieces = async function* () {
      for (let at = 0; at < framed.length; at += size) yield framed.subarray(at, at + size);
    };
    const trailers: Record<string, string> = {};
    const hash = createHash('md5');
    for await (const piece of decodeChunks(pieces(), text.length, trailers)) hash.update(piece);

    expect([hash.digest('hex'), trailers]).toEqual([createHash('md5').update(text).digest('hex'), { a: 'b' }]);
  }
});
