import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, describe, expect, it } from 'vitest';
import { startLocalS3 } from './local-s3.ts';

const s3 = await startLocalS3();
afterAll(() => s3.stopAndRemove());
const { client } = s3;
const Bucket = 'conditions';
s3.createBucket(Bucket);

const put = (Key: string, Body: string | Buffer, more: { IfMatch?: string; IfNoneMatch?: string } = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body, ...more }));
const get = async (Key: string) => {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return Body?.transformToString();
};
const preconditionFailed = { name: 'PreconditionFailed', $metadata: { httpStatusCode: 412 } };
const noSuchKey = { name: 'NoSuchKey', $metadata: { httpStatusCode: 404 } };
const countOf = (results: PromiseSettledResult<unknown>[], status: string) =>
  results.filter((result) => result.status === status).length;

describe('writers at the same time', () => {
  it('with If-None-Match "*": exactly one wins, and its bytes are there', async () => {
    const bodies = Array.from({ length: 20 }, (_, i) => `writer ${i} `.repeat(1000));

    const results = await Promise.allSettled(bodies.map((body) => put('first', body, { IfNoneMatch: '*' })));

    expect([countOf(results, 'fulfilled'), countOf(results, 'rejected')]).toEqual([1, 19]);
    for (const result of results)
      if (result.status === 'rejected') expect(result.reason).toMatchObject(preconditionFailed);
    expect(await get('first')).toBe(bodies[results.findIndex(({ status }) => status === 'fulfilled')]);
  });

  it('with the same If-Match: exactly one wins', async () => {
    const { ETag } = await put('swap', 'v1');

    const results = await Promise.allSettled(['a', 'b', 'c'].map((body) => put('swap', body, { IfMatch: ETag })));

    expect(countOf(results, 'fulfilled')).toBe(1);
  });

  it('are judged when their bytes are complete, not when they begin', async () => {
    const headers = { 'if-none-match': '*', 'content-length': '10' };
    const slow = s3.raw({ method: 'PUT', path: `/${Bucket}/slow`, headers, body: 'begun' });
    slow.catch(() => {});
    await put('slow', 'quick', { IfNoneMatch: '*' });

    await expect(put('slow', 'late', { IfNoneMatch: '*' })).rejects.toMatchObject(preconditionFailed);
    expect(await get('slow')).toBe('quick');
  });
});

describe('a conditional write', () => {
  it('with If-Match refuses a key that does not exist', async () => {
    await expect(put('nowhere', 'x', { IfMatch: '"abc"' })).rejects.toMatchObject(noSuchKey);
  });

  it('with If-None-Match takes no ETag', async () => {
    const refused = { name: 'NotImplemented', $metadata: { httpStatusCode: 501 } };

    await expect(put('some', 'x', { IfNoneMatch: '"abc"' })).rejects.toMatchObject(refused);
  });

  it('may be the end of a multipart upload', async () => {
    await put('parts', 'there first');
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
    const part = { Bucket, Key: 'parts', UploadId, PartNumber: 1 };
    const { ETag } = await client.send(new UploadPartCommand({ ...part, Body: 'x' }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
    const complete = { Bucket, Key: 'parts', UploadId, MultipartUpload };

    const refused = client.send(new CompleteMultipartUploadCommand({ ...complete, IfNoneMatch: '*' }));

    await expect(refused).rejects.toMatchObject(preconditionFailed);
    expect(await get('parts')).toBe('there first');
    await client.send(new CompleteMultipartUploadCommand(complete));
    expect(await get('parts')).toBe('x');
  });
});

describe('in a bucket with versions, a condition', () => {
  const versioned = { Bucket: 'versioned-conditions', Key: 'k' };
  s3.createBucket(versioned.Bucket, { versioned: true });
  const putVersion = (more: { IfMatch?: string; IfNoneMatch?: string } = {}) =>
    client.send(new PutObjectCommand({ ...versioned, Body: 'v', ...more }));

  it('is about the current version, and a delete marker is none', async () => {
    const { ETag } = await putVersion({ IfNoneMatch: '*' });
    await expect(putVersion({ IfNoneMatch: '*' })).rejects.toMatchObject(preconditionFailed);
    await client.send(new DeleteObjectCommand(versioned));

    await expect(putVersion({ IfMatch: ETag })).rejects.toMatchObject(noSuchKey);
    await putVersion({ IfNoneMatch: '*' });
  });
});

describe('a conditional read', () => {
  it.each([
    ['If-Match with another ETag', { IfMatch: '"other"' }, 412],
    ['If-Match with "*"', { IfMatch: '*' }, 200],
    ['If-None-Match with another ETag', { IfNoneMatch: '"other"' }, 200],
    ['If-None-Match with "*"', { IfNoneMatch: '*' }, 304],
  ])('%s is answered with %#: HTTP status', async (_what, condition, status) => {
    await put('read', 'x');

    const answer = client.send(new GetObjectCommand({ Bucket, Key: 'read', ...condition }));

    const outcome = await answer.then(
      ({ $metadata }) => $metadata,
      ({ $metadata }) => $metadata,
    );
    expect(outcome.httpStatusCode).toBe(status);
  });

  it('of the source decides about a copy', async () => {
    const { ETag } = await put('source', 'x');
    const input = { Bucket, Key: 'copy', CopySource: `${Bucket}/source` };

    await client.send(new CopyObjectCommand({ ...input, CopySourceIfMatch: ETag }));

    const refused = client.send(new CopyObjectCommand({ ...input, CopySourceIfMatch: '"another"' }));
    await expect(refused).rejects.toMatchObject(preconditionFailed);
  });
});
