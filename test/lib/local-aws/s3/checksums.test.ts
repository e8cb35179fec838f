import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, expect, it } from 'vitest';
import { startLocalS3 } from './local-s3.ts';

const s3 = await startLocalS3();
afterAll(() => s3.stopAndRemove());
const { client } = s3;
const Bucket = 'checksums';
s3.createBucket(Bucket);

// The check values of the CRC catalogue and of RFC 3174 / FIPS 180, for the text "123456789".
const text = '123456789';
const known = [
  { header: 'crc32', hex: 'cbf43926' },
  { header: 'crc32c', hex: 'e3069283' },
  { header: 'crc64nvme', hex: 'ae8b14860a799888' },
  { header: 'sha1', hex: 'f7c3bc1d808e04732adf679965ccc34ca7ae3441' },
  { header: 'sha256', hex: '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225' },
].map(({ header, hex }) => ({ header, value: Buffer.from(hex, 'hex').toString('base64') }));

const put = (key: string, headers: Record<string, string>) =>
  s3.raw({ method: 'PUT', path: `/${Bucket}/${key}`, headers, body: text });

it.each(known)('keeps a right $header and gives it back on request', async ({ header, value }) => {
  const name = `x-amz-checksum-${header}`;

  const { status, headers } = await put(header, { [name]: value });
  const asked = { method: 'HEAD', path: `/${Bucket}/${header}`, headers: { 'x-amz-checksum-mode': 'ENABLED' } };
  const head = await s3.raw(asked);
  const unasked = await s3.raw({ method: 'HEAD', path: `/${Bucket}/${header}` });

  expect([status, headers[name], head.headers[name], unasked.headers[name]]).toEqual([200, value, value, undefined]);
  expect(head.headers['x-amz-checksum-type']).toBe('FULL_OBJECT');
});

it.each(known)('refuses a wrong $header', async ({ header, value }) => {
  const wrong = Buffer.from(value, 'base64').reverse().toString('base64');

  const { status, text: answer } = await put('wrong', { [`x-amz-checksum-${header}`]: wrong });

  expect([status, answer]).toEqual([400, expect.stringContaining('<Code>BadDigest</Code>')]);
  expect((await s3.raw({ method: 'HEAD', path: `/${Bucket}/wrong` })).status).toBe(404);
});

it.each([
  ['Content-MD5', { 'content-md5': 'AAAAAAAAAAAAAAAAAAAAAA==' }, 'BadDigest'],
  ['signed SHA-256', { 'x-amz-content-sha256': '0'.repeat(64) }, 'XAmzContentSHA256Mismatch'],
  ['checksum that is not known here', { 'x-amz-checksum-crc99': 'AAAA' }, 'InvalidRequest'],
  ['pair of checksums', { 'x-amz-checksum-crc32': 'y/Q5Jg==', 'x-amz-checksum-sha1': 'AAAA' }, 'InvalidRequest'],
])('refuses a wrong %s', async (_what, headers, code) => {
  const { status, text: answer } = await put('wrong', headers);

  expect([status, answer]).toEqual([400, expect.stringContaining(`<Code>${code}</Code>`)]);
});

it('computes a CRC64NVME when a client sends no checksum', async () => {
  await put('none', {});

  const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'none', ChecksumMode: 'ENABLED' }));

  expect(head.ChecksumCRC64NVME).toBe('rosUhgp5mIg=');
});

it('keeps the checksum to itself where only a range is read', async () => {
  await client.send(new PutObjectCommand({ Bucket, Key: 'range', Body: text }));

  const range = { Bucket, Key: 'range', Range: 'bytes=0-3', ChecksumMode: 'ENABLED' as const };
  const object = await client.send(new GetObjectCommand(range));

  expect([object.ChecksumCRC32, await object.Body?.transformToString()]).toEqual([undefined, '1234']);
});

it('copies with the algorithm of the source or the one that is asked for', async () => {
  await client.send(new PutObjectCommand({ Bucket, Key: 'source', Body: text, ChecksumAlgorithm: 'SHA1' }));

  const input = { Bucket, Key: 'copy', CopySource: `${Bucket}/source` };
  const same = await client.send(new CopyObjectCommand(input));
  const other = await client.send(new CopyObjectCommand({ ...input, ChecksumAlgorithm: 'CRC32C' }));

  expect(same.CopyObjectResult?.ChecksumSHA1).toBe('98O8HYCOBHMq32eZZczDTKeuNEE=');
  expect(other.CopyObjectResult?.ChecksumCRC32C).toBe('4waSgw==');
});

/** Uploads "123456789" in one part. */
async function upload(Key: string, type: 'COMPOSITE' | 'FULL_OBJECT', more: { ChecksumCRC32?: string } = {}) {
  const created = { Bucket, Key, ChecksumAlgorithm: 'CRC32' as const, ChecksumType: type };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(created));
  const part = { Bucket, Key, UploadId, PartNumber: 1 };
  const { ETag, ChecksumCRC32 } = await client.send(new UploadPartCommand({ ...part, Body: text }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag, ChecksumCRC32 }] };
  return client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload, ...more }));
}

it('makes the checksum of an upload out of those of its parts', async () => {
  const { ChecksumCRC32, ChecksumType } = await upload('composite', 'COMPOSITE');

  // The CRC32 of the four bytes cb f4 39 26.
  expect([ChecksumCRC32, ChecksumType]).toEqual(['7kxlUA==-1', 'COMPOSITE']);
});

it('makes the checksum of an upload out of all its bytes on request', async () => {
  const { ChecksumCRC32, ChecksumType } = await upload('full', 'FULL_OBJECT', { ChecksumCRC32: 'y/Q5Jg==' });

  expect([ChecksumCRC32, ChecksumType]).toEqual(['y/Q5Jg==', 'FULL_OBJECT']);
  const input = { Bucket, Key: 'full', ObjectAttributes: ['Checksum' as const, 'ObjectParts' as const] };
  const { Checksum, ObjectParts } = await client.send(new GetObjectAttributesCommand(input));
  expect([Checksum?.ChecksumCRC32, ObjectParts?.TotalPartsCount]).toEqual(['y/Q5Jg==', 1]);
});

it('refuses to complete an upload with another checksum than expected', async () => {
  const wrong = upload('wrong', 'FULL_OBJECT', { ChecksumCRC32: 'AAAAAA==' });

  await expect(wrong).rejects.toMatchObject({ name: 'BadDigest', $metadata: { httpStatusCode: 400 } });
  await expect(client.send(new HeadObjectCommand({ Bucket, Key: 'wrong' }))).rejects.toMatchObject({
    name: 'NotFound',
  });
});

it('refuses a checksum type that the algorithm does not have', async () => {
  const input = { Bucket, Key: 'type', ChecksumAlgorithm: 'SHA256' as const, ChecksumType: 'FULL_OBJECT' as const };

  await expect(client.send(new CreateMultipartUploadCommand(input))).rejects.toMatchObject({ name: 'InvalidRequest' });
});
