import { GetObjectCommand, PutObjectCommand, type PutObjectCommandInput } from '@aws-sdk/client-s3';
import { afterAll, expect, it } from 'vitest';
import { startLocalS3 } from '../lib/local-aws/s3/local-s3.ts';

const s3 = await startLocalS3();
afterAll(() => s3.stopAndRemove());
const Bucket = 'conformance-conditions';
s3.createBucket(Bucket);

const put = (Key: string, Body: string, more: Partial<PutObjectCommandInput> = {}) =>
  s3.client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const preconditionFailed = { name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } };

it('puts with If-None-Match "*" only where nothing is', async () => {
  await put('first', 'v1', { IfNoneMatch: '*' });

  await expect(put('first', 'v2', { IfNoneMatch: '*' })).rejects.toMatchObject(preconditionFailed);
});

it('puts with If-Match only over the version that it names', async () => {
  const { ETag } = await put('swapped', 'v1');

  await put('swapped', 'v2', { IfMatch: ETag });

  await expect(put('swapped', 'v3', { IfMatch: ETag })).rejects.toMatchObject(preconditionFailed);
});

it('answers 304 to a reader who has the object already', async () => {
  const { ETag } = await put('known', 'v1');

  const get = s3.client.send(new GetObjectCommand({ Bucket, Key: 'known', IfNoneMatch: ETag }));

  await expect(get).rejects.toMatchObject({ $metadata: { httpStatusCode: 304 } });
});
