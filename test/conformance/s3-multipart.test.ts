import { randomBytes } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startLocalS3 } from '../lib/local-aws/s3/local-s3.ts';

const s3 = await startLocalS3();
afterAll(() => s3.stopAndRemove());
const { client } = s3;
const Bucket = 'conformance-multipart';
s3.createBucket(Bucket);

const partSize = 5 * 1024 ** 2;
const bytes = randomBytes(12 * 1024 ** 2);
let uploadedETag: string | undefined;

beforeAll(async () => {
  const Body = Readable.from([bytes.subarray(0, 7e6), bytes.subarray(7e6)]);
  const upload = new Upload({ client, params: { Bucket, Key: 'uploaded', Body }, partSize, queueSize: 3 });
  uploadedETag = (await upload.done()).ETag;
});

const create = async (Key: string) => (await client.send(new CreateMultipartUploadCommand({ Bucket, Key }))).UploadId;

it('puts the parts of an upload together', async () => {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'uploaded' }));

  expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(bytes)).toBe(true);
  expect(uploadedETag).toMatch(/^"[0-9a-f]{32}-3"$/);
});

it('gets a single part', async () => {
  const part = await client.send(new GetObjectCommand({ Bucket, Key: 'uploaded', PartNumber: 2 }));

  expect(part).toMatchObject({ PartsCount: 3, ContentRange: `bytes ${partSize}-${2 * partSize - 1}/${bytes.length}` });
  const expected = bytes.subarray(partSize, 2 * partSize);
  expect(Buffer.from((await part.Body?.transformToByteArray()) ?? []).equals(expected)).toBe(true);
});

it('copies objects and ranges of objects into parts', async () => {
  const [Key, UploadId] = ['copied', await create('copied')];
  await client.send(new PutObjectCommand({ Bucket, Key: 'small', Body: 'hello world' }));

  const input = { Bucket, Key, UploadId, PartNumber: 1, CopySource: `${Bucket}/uploaded` };
  const first = await client.send(new UploadPartCopyCommand({ ...input, CopySourceRange: `bytes=0-${partSize - 1}` }));
  const second = { ...input, PartNumber: 2, CopySource: `${Bucket}/small` };
  const last = await client.send(new UploadPartCopyCommand(second));
  const Parts = [first, last].map((part, i) => ({ PartNumber: i + 1, ETag: part.CopyPartResult?.ETag }));
  await client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload: { Parts } }));

  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  const expected = Buffer.concat([bytes.subarray(0, partSize), Buffer.from('hello world')]);
  expect(Buffer.from((await Body?.transformToByteArray()) ?? []).equals(expected)).toBe(true);
});

it('lists open uploads and their parts, until they are aborted', async () => {
  const [Key, UploadId] = ['aborted', await create('aborted')];
  await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber: 1, Body: 'abc' }));

  const { Parts } = await client.send(new ListPartsCommand({ Bucket, Key, UploadId }));
  const listUploads = () => client.send(new ListMultipartUploadsCommand({ Bucket, Prefix: Key }));
  const { Uploads } = await listUploads();
  await client.send(new AbortMultipartUploadCommand({ Bucket, Key, UploadId }));

  expect(Parts).toMatchObject([{ PartNumber: 1, Size: 3 }]);
  expect(Uploads).toMatchObject([{ Key, UploadId }]);
  expect((await listUploads()).Uploads).toBeUndefined();
});

it('refuses a part under 5 MiB that is not the last', async () => {
  const [Key, UploadId] = ['refused', await create('refused')];
  const upload = async (PartNumber: number) => {
    const { ETag } = await client.send(new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, Body: 'abc' }));
    return { PartNumber, ETag };
  };
  const MultipartUpload = { Parts: [await upload(1), await upload(2)] };

  const complete = client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));

  await expect(complete).rejects.toMatchObject({ name: 'EntityTooSmall', $metadata: { httpStatusCode: 400 } });
});
