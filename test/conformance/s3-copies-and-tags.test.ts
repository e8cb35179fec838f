import {
  CopyObjectCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadObjectCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocalS3 } from '../lib/local-aws/s3/local-s3.ts';

const s3 = await startLocalS3();
afterAll(() => s3.stopAndRemove());
const { client } = s3;
const Bucket = 'conformance-copies';
s3.createBucket(Bucket);

beforeAll(async () => {
  const input = { Bucket, Key: 'original', Body: 'hello world', ContentType: 'text/plain', Metadata: { foo: 'bar' } };
  await client.send(new PutObjectCommand(input));
});

describe('copying an object', () => {
  it('replaces metadata and content type on request', async () => {
    const replaced = { MetadataDirective: 'REPLACE' as const, Metadata: { n: '1' }, ContentType: 'application/json' };
    const input = { Bucket, Key: 'replaced', CopySource: `${Bucket}/original`, ...replaced };
    const { CopyObjectResult } = await client.send(new CopyObjectCommand(input));
    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'replaced' }));

    expect(CopyObjectResult?.ETag).toBe('"5eb63bbbe01eeed093cb22bb8f5acdc3"');
    expect(head).toMatchObject({ Metadata: { n: '1' }, ContentType: 'application/json' });
  });

  it('keeps the metadata otherwise', async () => {
    const CopySource = encodeURI(`${Bucket}/original`);
    await client.send(new CopyObjectCommand({ Bucket, Key: 'kept', CopySource }));

    const head = await client.send(new HeadObjectCommand({ Bucket, Key: 'kept' }));
    expect(head).toMatchObject({ Metadata: { foo: 'bar' }, ContentType: 'text/plain' });
  });

  it.each(['a b, c=d+e%20f', '日本/🎬 1?versionId=2#3.mp4', `q'(1)&<>"*!~`])(
    'finds the source %j by its encoded key, and gives the copy its own type and tags',
    async (name) => {
      const Key = `odd/${name}`;
      const typed = { ContentType: 'application/octet-stream', Tagging: 'a=1', Metadata: { old: '1' } };
      await client.send(new PutObjectCommand({ Bucket, Key, Body: name, ...typed }));
      const replaced = { MetadataDirective: 'REPLACE', TaggingDirective: 'REPLACE', ContentType: 'video/mp4' } as const;
      const CopySource = `${Bucket}/${Key.split('/').map(encodeURIComponent).join('/')}`;

      await client.send(new CopyObjectCommand({ Bucket, Key: 'safe', CopySource, ...replaced }));

      const copy = await client.send(new GetObjectCommand({ Bucket, Key: 'safe' }));
      expect(await copy.Body?.transformToString()).toBe(name);
      expect(copy).toMatchObject({ ContentType: 'video/mp4', Metadata: {} });
      expect(copy.TagCount).toBeUndefined();
    },
  );

  it('takes a plus sign that is not encoded for a space', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'plus+sign', Body: 'x' }));

    const copy = client.send(new CopyObjectCommand({ Bucket, Key: 'none', CopySource: `${Bucket}/plus+sign` }));

    await expect(copy).rejects.toMatchObject({ name: 'NoSuchKey' });
  });

  it('refuses a source that is not there', async () => {
    const copy = client.send(new CopyObjectCommand({ Bucket, Key: 'none', CopySource: `${Bucket}/nope` }));

    await expect(copy).rejects.toMatchObject({ name: 'NoSuchKey', $metadata: { httpStatusCode: 404 } });
  });
});

describe('tagging an object', () => {
  it('keeps the tags that come with the object', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'tagged', Body: 'x', Tagging: 'a=1&b=2' }));

    const { TagSet } = await client.send(new GetObjectTaggingCommand({ Bucket, Key: 'tagged' }));

    expect(TagSet).toEqual([
      { Key: 'a', Value: '1' },
      { Key: 'b', Value: '2' },
    ]);
  });

  it('replaces them later', async () => {
    const Tagging = { TagSet: [{ Key: 'k', Value: 'v' }] };
    await client.send(new PutObjectTaggingCommand({ Bucket, Key: 'original', Tagging }));

    const { TagSet } = await client.send(new GetObjectTaggingCommand({ Bucket, Key: 'original' }));

    expect(TagSet).toEqual([{ Key: 'k', Value: 'v' }]);
  });
});
