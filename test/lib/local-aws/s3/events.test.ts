import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutBucketNotificationConfigurationCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeEach, expect, it } from 'vitest';
import { startLocalS3 } from './local-s3.ts';

const s3 = await startLocalS3();
afterAll(() => s3.stopAndRemove());
const { client, events } = s3;
const Bucket = 'events';
s3.createBucket(Bucket, { eventBridge: true });
s3.createBucket('silent');

beforeEach(() => events.splice(0));

const put = (Key: string, more: { IfNoneMatch?: string; ChecksumCRC32?: string; Bucket?: string } = {}) =>
  client.send(new PutObjectCommand({ Bucket, Key, Body: 'hello', ...more }));

it('sends one event for a put, a copy and a completed upload, and none for anything else', async () => {
  await put('put');
  await client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/put` }));
  const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
  const part = { Bucket, Key: 'parts', UploadId, PartNumber: 1 };
  const { ETag } = await client.send(new UploadPartCommand({ ...part, Body: 'hello!' }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag }] };
  await client.send(new CompleteMultipartUploadCommand({ Bucket, Key: 'parts', UploadId, MultipartUpload }));
  await client.send(new PutObjectTaggingCommand({ Bucket, Key: 'put', Tagging: { TagSet: [] } }));
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'put' }));

  const etag = '5d41402abc4b2a76b9719d911017c592';
  expect(events.map(({ object: { sequencer, ...object }, reason }) => ({ ...object, reason }))).toEqual([
    { key: 'put', size: 5, etag, reason: 'PutObject' },
    { key: 'copy', size: 5, etag, reason: 'CopyObject' },
    { key: 'parts', size: 6, etag: expect.stringMatching(/^[0-9a-f]{32}-1$/), reason: 'CompleteMultipartUpload' },
  ]);
});

it('gives the detail that EventBridge delivers', async () => {
  await put('detail');

  const text = expect.any(String);
  expect(JSON.parse(JSON.stringify(events))).toEqual([
    {
      version: '0',
      'event-version': '1.0',
      bucket: { name: Bucket },
      object: { key: 'detail', size: 5, etag: text, sequencer: expect.stringMatching(/^[0-9A-F]{18}$/) },
      'request-id': expect.stringMatching(/^[0-9A-F]{16}$/),
      requester: '000000000000',
      'source-ip-address': '127.0.0.1',
      reason: 'PutObject',
    },
  ]);
});

it('numbers what happens to a key in the order in which it happened', async () => {
  for (let i = 0; i < 20; i += 1) await put('again');

  const sequencers = events.map(({ object }) => object.sequencer);
  expect(new Set(sequencers).size).toBe(20);
  expect(sequencers).toEqual([...sequencers].sort());
});

it('says nothing of a put that is refused', async () => {
  await put('there');
  events.splice(0);

  await expect(put('there', { IfNoneMatch: '*' })).rejects.toThrow();
  await expect(put('other', { ChecksumCRC32: 'AAAAAA==' })).rejects.toThrow();

  expect(events).toEqual([]);
});

it('sends no event for a bucket without notifications, until it gets them', async () => {
  await put('k', { Bucket: 'silent' });
  expect(events).toEqual([]);

  const NotificationConfiguration = { EventBridgeConfiguration: {} };
  await client.send(new PutBucketNotificationConfigurationCommand({ Bucket: 'silent', NotificationConfiguration }));
  await put('k', { Bucket: 'silent' });
  expect(events).toMatchObject([{ bucket: { name: 'silent' }, object: { key: 'k' } }]);
});

it('gives keys as they are, and the version where there is one', async () => {
  s3.createBucket('versioned', { eventBridge: true, versioned: true });

  const { VersionId } = await put('a b/+é%20.mp4', { Bucket: 'versioned' });

  expect(events).toMatchObject([{ object: { key: 'a b/+é%20.mp4', 'version-id': VersionId } }]);
});
