import {
  CreateBucketCommand,
  DeleteBucketCommand,
  DeleteObjectsCommand,
  GetBucketNotificationConfigurationCommand,
  GetObjectCommand,
  HeadBucketCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, expect, it } from 'vitest';
import { startLocalS3 } from '../lib/local-aws/s3/local-s3.ts';

const s3 = await startLocalS3();
afterAll(() => s3.stopAndRemove());
const { client } = s3;
const Bucket = 'conformance-buckets';
s3.createBucket(Bucket);

it('makes a bucket', async () => {
  const { Location } = await client.send(new CreateBucketCommand({ Bucket: 'made-by-a-client' }));

  expect(Location).toBe('/made-by-a-client');
});

it('finds the head of a bucket that exists', async () => {
  const { $metadata } = await client.send(new HeadBucketCommand({ Bucket }));

  expect($metadata.httpStatusCode).toBe(200);
});

it('refuses to list a bucket that does not exist', async () => {
  const list = client.send(new ListObjectsV2Command({ Bucket: 'none-of-this-name' }));

  await expect(list).rejects.toMatchObject({ name: 'NoSuchBucket', $metadata: { httpStatusCode: 404 } });
});

it('keeps the switch for EventBridge', async () => {
  const NotificationConfiguration = { EventBridgeConfiguration: {} };
  await client.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));

  const configuration = await client.send(new GetBucketNotificationConfigurationCommand({ Bucket }));

  expect(configuration.EventBridgeConfiguration).toBeDefined();
});

it('keeps older versions', async () => {
  const versioned = { Bucket: 'conformance-versions' };
  s3.createBucket(versioned.Bucket);
  const setStatus = (Status: 'Enabled' | 'Suspended') =>
    client.send(new PutBucketVersioningCommand({ ...versioned, VersioningConfiguration: { Status } }));
  await setStatus('Enabled');
  for (const Body of ['1', '2']) await client.send(new PutObjectCommand({ ...versioned, Key: 'v', Body }));

  const { Versions = [] } = await client.send(new ListObjectVersionsCommand({ ...versioned, Prefix: 'v' }));
  const older = Versions.find(({ IsLatest }) => !IsLatest);
  const { Body } = await client.send(new GetObjectCommand({ ...versioned, Key: 'v', VersionId: older?.VersionId }));

  expect(Versions.map(({ Key, IsLatest }) => [Key, IsLatest])).toEqual([
    ['v', true],
    ['v', false],
  ]);
  expect(await Body?.transformToString()).toBe('1');
  await setStatus('Suspended');
});

it('deletes many objects at once', async () => {
  const Objects = Array.from({ length: 25 }, (_, i) => ({ Key: `many/k${i}` }));
  for (const { Key } of Objects) await client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));

  const { Deleted } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));

  expect(Deleted).toEqual(Objects);
  const { KeyCount } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'many/' }));
  expect(KeyCount).toBe(0);
});

it('refuses to delete a bucket that is not empty', async () => {
  const full = { Bucket: 'conformance-full' };
  s3.createBucket(full.Bucket);
  await client.send(new PutObjectCommand({ ...full, Key: 'k', Body: 'x' }));

  const remove = client.send(new DeleteBucketCommand(full));

  await expect(remove).rejects.toMatchObject({ name: 'BucketNotEmpty', $metadata: { httpStatusCode: 409 } });
});
