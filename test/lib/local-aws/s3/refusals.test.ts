import { readdirSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import {
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  type PutObjectCommandInput,
  S3Client,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { afterAll, describe, expect, it } from 'vitest';
import { startLocalS3 } from './local-s3.ts';

const s3 = await startLocalS3();
afterAll(() => s3.stopAndRemove());
const { client } = s3;
const Bucket = 'refusals';
s3.createBucket(Bucket);

const put = (Key: string, more: Partial<PutObjectCommandInput> = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body: 'hello', ...more }));
const refusal = (name: string, httpStatusCode: number) => ({ name, $metadata: { httpStatusCode } });

it('answers errors without a namespace, as botocore reads them, and all else with one', async () => {
  const [error, list] = [
    await s3.raw({ method: 'GET', path: '/absent?list-type=2' }),
    await s3.raw({ method: 'GET', path: '/' }),
  ];

  expect(error.text).toContain('<Error><Code>NoSuchBucket</Code>');
  expect(list.text).toContain('<ListAllMyBucketsResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">');
});

describe('a body', () => {
  const chunked = 'x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\r\nx-amz-decoded-content-length: 5\r\n';
  const upload = (headers: Record<string, string>) => s3.raw({ method: 'PUT', path: `/${Bucket}/large`, headers });

  it.each<Record<string, string>>([
    { 'content-length': String(5 * 1024 ** 3 + 1) },
    {
      'content-length': '100',
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'x-amz-decoded-content-length': String(5 * 1024 ** 3 + 1),
    },
  ])('over 5 GiB is refused before it comes: %j', async (headers) => {
    const { status, text } = await upload(headers);

    expect([status, text]).toEqual([400, expect.stringContaining('<Code>EntityTooLarge</Code>')]);
  });

  it('of unknown length is refused', async () => {
    const { status, text } = await upload({ 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' });

    expect([status, text]).toEqual([411, expect.stringContaining('<Code>MissingContentLength</Code>')]);
  });

  it.each([
    ['is not known', '', '', 411],
    ['is longer than announced', chunked, '8;x\r\n', 400],
    ['is in trailers without end', chunked, '0\r\na: b\r\n', 400],
  ])('whose length %s is answered while it is sent, and disconnected', async (_what, headers, beginning, status) => {
    const { hostname, port } = new URL(s3.url);
    const socket = connect(Number(port), hostname);
    const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`;
    const filler = chunk('a: b\r\n'.repeat(20_000));
    let answer = '';
    socket.on('data', (data) => {
      answer += data;
    });
    socket.on('drain', () => {
      while (socket.write(filler));
    });
    // Waits for the disconnection.
    socket.on('error', () => {});
    const credential = 'Authorization: AWS4-HMAC-SHA256 Credential=any/20261101/us-east-1/s3/aws4_request';
    socket.write(`PUT /${Bucket}/endless HTTP/1.1\r\nHost: s3\r\n${credential}\r\n${headers}`);
    socket.write(`Transfer-Encoding: chunked\r\n\r\n${beginning && chunk(beginning)}`);
    while (socket.write(filler));

    await new Promise((resolve) => socket.on('close', resolve));

    expect(answer).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    await s3.settled();
    expect(readdirSync(join(s3.dataFolder, 's3', 'incoming'))).toEqual([]);
    const head = client.send(new HeadObjectCommand({ Bucket, Key: 'endless' }));
    await expect(head).rejects.toMatchObject(refusal('NotFound', 404));
  });

  it('that is refused leaves the connection in order', async () => {
    const absent = client.send(new PutObjectCommand({ Bucket: 'absent', Key: 'k', Body: Buffer.alloc(1024 ** 2) }));

    await expect(absent).rejects.toMatchObject(refusal('NoSuchBucket', 404));
    await put('after');
  });
});

describe('an archived object', () => {
  it.each(['GLACIER', 'DEEP_ARCHIVE'] as const)('in %s shows its class and cannot be read', async (StorageClass) => {
    await put(StorageClass, { StorageClass });
    const Key = StorageClass;

    expect(await client.send(new HeadObjectCommand({ Bucket, Key }))).toMatchObject({ StorageClass });
    const get = client.send(new GetObjectCommand({ Bucket, Key }));
    await expect(get).rejects.toMatchObject(refusal('InvalidObjectState', 403));
    const CopySource = `${Bucket}/${Key}`;
    const copy = client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource }));
    await expect(copy).rejects.toMatchObject(refusal('InvalidObjectState', 403));
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'copy' }));
    const part = { Bucket, Key: 'copy', UploadId, PartNumber: 1, CopySource };
    await expect(client.send(new UploadPartCopyCommand(part))).rejects.toMatchObject(
      refusal('InvalidObjectState', 403),
    );
  });

  it('in GLACIER_IR can be read, and its copy is in STANDARD', async () => {
    await put('instant', { StorageClass: 'GLACIER_IR' });
    await client.send(new CopyObjectCommand({ Bucket, Key: 'instant-copy', CopySource: `${Bucket}/instant` }));

    const [original, copy] = ['instant', 'instant-copy'].map((Key) =>
      client.send(new GetObjectCommand({ Bucket, Key })),
    );

    expect([(await original)?.StorageClass, (await copy)?.StorageClass]).toEqual(['GLACIER_IR', undefined]);
  });

  it('has a class that S3 knows', async () => {
    const { status, text } = await s3.raw({
      ...{ method: 'PUT', path: `/${Bucket}/k`, headers: { 'x-amz-storage-class': 'LUKEWARM' } },
    });

    expect([status, text]).toEqual([400, expect.stringContaining('<Code>InvalidStorageClass</Code>')]);
  });
});

describe('tags', () => {
  it.each([
    ['eleven of them', Array.from({ length: 11 }, (_, i) => `k${i}=v`).join('&'), 'BadRequest'],
    ['a key of 129 characters', `${'k'.repeat(129)}=v`, 'InvalidTag'],
    ['a value of 257 characters', `k=${'v'.repeat(257)}`, 'InvalidTag'],
    ['a character that tags may not have', 'k=a%2Cb', 'InvalidTag'],
    ['a key twice', 'k=1&k=2', 'InvalidTag'],
    ['no key', '=1', 'InvalidTag'],
  ])('are refused: %s', async (_what, Tagging, name) => {
    await expect(put('tagged', { Tagging })).rejects.toMatchObject(refusal(name, 400));
  });

  it('are taken up to the limits', async () => {
    const Tagging = Array.from({ length: 10 }, (_, i) => `${'k'.repeat(127)}${i}=${'v'.repeat(256)}`).join('&');

    await put('tagged', { Tagging });
  });
});

describe('a bucket', () => {
  it('is made once', async () => {
    const create = () => client.send(new CreateBucketCommand({ Bucket: 'only-once' }));
    await create();

    await expect(create()).rejects.toMatchObject(refusal('BucketAlreadyOwnedByYou', 409));
  });

  it('is made in the Region of the client', async () => {
    const credentials = { accessKeyId: 'any', secretAccessKey: 'any' };
    const european = new S3Client({ endpoint: s3.url, region: 'eu-west-1', credentials });
    const create = (name: string, LocationConstraint: 'eu-west-1' | 'eu-west-2') =>
      european.send(new CreateBucketCommand({ Bucket: name, CreateBucketConfiguration: { LocationConstraint } }));

    await create('european', 'eu-west-1');

    await expect(create('elsewhere', 'eu-west-2')).rejects.toMatchObject({ $metadata: { httpStatusCode: 400 } });
  });
});

it.each([
  ['itself, unchanged', { CopySource: `${Bucket}/self` }, 'InvalidRequest'],
  ['nothing', { CopySource: 'no-slash' }, 'InvalidArgument'],
  ['a bucket that does not exist', { CopySource: 'absent/k' }, 'NoSuchBucket'],
  ['what no URL may be', { CopySource: `${Bucket}/%ff` }, 'InvalidURI'],
])('refuses to copy %s', async (_what, input, name) => {
  await put('self');

  await expect(client.send(new CopyObjectCommand({ Bucket, Key: 'self', ...input }))).rejects.toMatchObject({ name });
});

it.each(['not xml', '<Delete><Object><Key>k</Key></Delete>', '<Other/>', '<Delete></Delete>'])(
  'refuses a document that is none: %s',
  async (body) => {
    const { status, text } = await s3.raw({ method: 'POST', path: `/${Bucket}?delete`, body });

    expect([status, text]).toEqual([400, expect.stringContaining('<Code>MalformedXML</Code>')]);
  },
);

it.each([
  [1000, 200],
  [1001, 400],
])('answers a delete of %i keys with %i', async (count, expected) => {
  const objects = Array.from({ length: count }, (_, i) => `<Object><Key>none-${i}</Key></Object>`).join('');

  const { status } = await s3.raw({ method: 'POST', path: `/${Bucket}?delete`, body: `<Delete>${objects}</Delete>` });

  expect(status).toBe(expected);
});
