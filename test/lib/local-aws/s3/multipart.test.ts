import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  PutObjectCommand,
  paginateListParts,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { afterAll, expect, it } from 'vitest';
import { startLocalS3 } from './local-s3.ts';

const s3 = await startLocalS3();
afterAll(() => s3.stopAndRemove());
const { client } = s3;
const Bucket = 'multipart';
s3.createBucket(Bucket);
const bodyCount = () => readdirSync(join(s3.dataFolder, 's3', 'bodies')).length;

/** Begins an upload, which must have a key of its own. */
async function begin(Key: string, more: { StorageClass?: 'GLACIER_IR'; Tagging?: string } = {}) {
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key, ...more }));
  const upload = { Bucket, Key, UploadId };
  return {
    upload,
    async part(PartNumber: number, Body: string | Buffer) {
      const { ETag } = await client.send(new UploadPartCommand({ ...upload, PartNumber, Body }));
      return { PartNumber, ETag };
    },
    complete: (Parts: { PartNumber: number; ETag?: string }[]) =>
      client.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } })),
    abort: () => client.send(new AbortMultipartUploadCommand(upload)),
  };
}

const refusal = (name: string, httpStatusCode: number) => ({ name, $metadata: { httpStatusCode } });
const fiveMiB = randomBytes(5 * 1024 ** 2);

it('shows nothing of an upload before it is complete, and leaves only its object', async () => {
  const before = bodyCount();
  const { upload, part, complete } = await begin('whole', { StorageClass: 'GLACIER_IR', Tagging: 'a=1' });
  const parts = [await part(1, fiveMiB), await part(2, 'replaced'), await part(2, 'end'), await part(3, 'not listed')];
  const head = () => client.send(new HeadObjectCommand({ Bucket, Key: 'whole' }));
  await expect(head()).rejects.toMatchObject({ name: 'NotFound' });

  await complete([parts[0], parts[2]].flatMap((listed) => listed ?? []));

  const expected = { ContentLength: fiveMiB.length + 3, StorageClass: 'GLACIER_IR', TagCount: 1 };
  expect(await head()).toMatchObject(expected);
  expect(bodyCount()).toBe(before + 1);
  await expect(complete(parts)).rejects.toMatchObject(refusal('NoSuchUpload', 404));
  await expect(client.send(new UploadPartCommand({ ...upload, PartNumber: 4, Body: 'x' }))).rejects.toMatchObject(
    refusal('NoSuchUpload', 404),
  );
});

it('leaves nothing of an aborted upload', async () => {
  const before = bodyCount();
  const { part, abort } = await begin('aborted');
  await part(1, 'x');

  await abort();

  expect(bodyCount()).toBe(before);
  await expect(abort()).rejects.toMatchObject(refusal('NoSuchUpload', 404));
});

it('refuses a list of parts that is not what was uploaded', async () => {
  const { part, complete } = await begin('refused');
  const [first, second] = [await part(1, fiveMiB), await part(2, 'x')];

  await expect(complete([second, first])).rejects.toMatchObject(refusal('InvalidPartOrder', 400));
  await expect(complete([first, first])).rejects.toMatchObject(refusal('InvalidPartOrder', 400));
  await expect(complete([{ ...first, ETag: second.ETag }])).rejects.toMatchObject(refusal('InvalidPart', 400));
  await expect(complete([first, { ...second, PartNumber: 3 }])).rejects.toMatchObject(refusal('InvalidPart', 400));
  await expect(complete([])).rejects.toMatchObject(refusal('MalformedXML', 400));
  await complete([first, second]);
});

it.each([0, 10_001, 1.5])('has no part %d', async (number) => {
  const { part } = await begin('numbers');

  await expect(part(number, 'x')).rejects.toMatchObject(refusal('InvalidArgument', 400));
});

it('takes part 10,000', async () => {
  const { part, complete } = await begin('last-number');

  await complete([await part(10_000, 'x')]);

  const object = await client.send(new GetObjectCommand({ Bucket, Key: 'last-number', PartNumber: 1 }));
  expect(await object.Body?.transformToString()).toBe('x');
  const second = client.send(new GetObjectCommand({ Bucket, Key: 'last-number', PartNumber: 2 }));
  await expect(second).rejects.toMatchObject({ $metadata: { httpStatusCode: 416 } });
});

it('completes an upload only once when it is asked twice at the same time', async () => {
  const { part, complete } = await begin('twice');
  const parts = [await part(1, fiveMiB)];

  const results = await Promise.allSettled([complete(parts), complete(parts)]);

  expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
});

it('copies no range that the source does not have', async () => {
  await client.send(new PutObjectCommand({ Bucket, Key: 'source', Body: 'hello' }));
  const { upload } = await begin('ranges');
  const copy = (CopySourceRange: string) =>
    client.send(
      new UploadPartCopyCommand({ ...upload, PartNumber: 1, CopySource: `${Bucket}/source`, CopySourceRange }),
    );

  await expect(copy('bytes=0-5')).rejects.toMatchObject(refusal('InvalidArgument', 400));
  await expect(copy('bytes=-2')).rejects.toMatchObject(refusal('InvalidArgument', 400));
  await expect(copy('bytes=5-6')).rejects.toMatchObject({ name: 'InvalidRange' });
  expect((await copy('bytes=1-3')).CopyPartResult?.ETag).toBe('"3123059c1c816471780539f6b6b738dc"');
});

it('lists parts and uploads in pages', async () => {
  const { upload, part } = await begin('pages/a');
  const others = [await begin('pages/a'), await begin('pages/b')];
  for (const number of [3, 1, 10, 2]) await part(number, 'x');

  const parts: unknown[] = [];
  for await (const { Parts } of paginateListParts({ client, pageSize: 3 }, upload))
    parts.push(Parts?.map(({ PartNumber }) => PartNumber));
  const input = { Bucket, Prefix: 'pages/', MaxUploads: 2 };
  const first = await client.send(new ListMultipartUploadsCommand(input));
  const markers = { KeyMarker: first.NextKeyMarker, UploadIdMarker: first.NextUploadIdMarker };
  const second = await client.send(new ListMultipartUploadsCommand({ ...input, ...markers }));

  expect(parts).toEqual([[1, 2, 3], [10]]);
  const ids = [first, second].map(({ Uploads }) => Uploads?.map(({ UploadId }) => UploadId));
  expect(ids).toEqual([[others[0]?.upload.UploadId, upload.UploadId], [others[1]?.upload.UploadId]]);
  expect([first.IsTruncated, second.IsTruncated]).toEqual([true, false]);
});

it('ends the uploads to a bucket that is deleted', async () => {
  const before = bodyCount();
  const doomed = { Bucket: 'doomed', Key: 'k' };
  s3.createBucket('doomed');
  const { UploadId } = await client.send(new CreateMultipartUploadCommand(doomed));
  await client.send(new UploadPartCommand({ ...doomed, UploadId, PartNumber: 1, Body: 'x' }));

  await client.send(new DeleteBucketCommand({ Bucket: 'doomed' }));

  expect(bodyCount()).toBe(before);
});

it('takes parts of an upload with its checksum only, and completes it with those of all parts', async () => {
  const place = { Bucket, Key: 'checked' };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...place, ChecksumAlgorithm: 'CRC32' }));
  const part = { ...place, UploadId, PartNumber: 1, Body: 'a' };
  const complete = (checksum: { ChecksumCRC32?: string }) => {
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag, ...checksum }] };
    return client.send(new CompleteMultipartUploadCommand({ ...place, UploadId, MultipartUpload }));
  };

  await expect(client.send(new UploadPartCommand({ ...part, ChecksumAlgorithm: 'SHA256' }))).rejects.toMatchObject({
    ...refusal('InvalidRequest', 400),
    message: 'Checksum Type mismatch occurred, expected checksum Type: crc32, actual checksum Type: sha256',
  });
  const { ETag, ChecksumCRC32 } = await client.send(new UploadPartCommand(part));
  await expect(complete({})).rejects.toMatchObject({
    ...refusal('InvalidRequest', 400),
    message: expect.stringContaining('It was missing for part 1 in the request.'),
  });
  await expect(complete({ ChecksumCRC32: 'AAAAAA==' })).rejects.toMatchObject(refusal('InvalidPart', 400));

  expect(await complete({ ChecksumCRC32 })).toMatchObject({ ChecksumType: 'COMPOSITE' });
});

it('gives the checksum of a copied part where the upload named one', async () => {
  await client.send(new PutObjectCommand({ Bucket, Key: 'source', Body: 'abc' }));
  const place = { Bucket, Key: 'copied' };
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ ...place, ChecksumAlgorithm: 'CRC32' }));

  const copy = new UploadPartCopyCommand({ ...place, UploadId, PartNumber: 1, CopySource: `${Bucket}/source` });
  const { CopyPartResult } = await client.send(copy);

  const { ChecksumCRC32 } = await client.send(
    new UploadPartCommand({ ...place, UploadId, PartNumber: 2, Body: 'abc' }),
  );
  expect(CopyPartResult?.ChecksumCRC32).toBe(ChecksumCRC32);
});
