import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketVersioningCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { sendRaw, startLocalS3 } from './local-s3.ts';

const Bucket = 'lasting';
let dataFolder: string;
beforeEach(() => {
  dataFolder = mkdtempSync(join(tmpdir(), 'restart-'));
});
afterEach(() => rmSync(dataFolder, { recursive: true }));

const incoming = () => readdirSync(join(dataFolder, 's3', 'incoming'));

it('finds everything again after a restart', async () => {
  const before = await startLocalS3(dataFolder);
  before.createBucket(Bucket, { eventBridge: true, versioned: true });
  const object = { Bucket, Key: 'k', Body: 'x', Metadata: { a: 'b' }, Tagging: 't=1', ContentType: 'video/mp4' };
  const { ETag, VersionId } = await before.client.send(new PutObjectCommand(object));
  const { UploadId } = await before.client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'parts' }));
  const part = { Bucket, Key: 'parts', UploadId, PartNumber: 1, Body: 'part' };
  const uploaded = await before.client.send(new UploadPartCommand(part));
  await before.stop();

  const { client, createBucket, stop } = await startLocalS3(dataFolder);
  createBucket(Bucket);
  const { Body, ...found } = await client.send(new GetObjectCommand({ Bucket, Key: 'k' }));
  const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: uploaded.ETag }] };
  await client.send(new CompleteMultipartUploadCommand({ Bucket, Key: 'parts', UploadId, MultipartUpload }));

  expect(await Body?.transformToString()).toBe('x');
  expect(found).toMatchObject({ ETag, VersionId, Metadata: { a: 'b' }, TagCount: 1, ContentType: 'video/mp4' });
  expect((await client.send(new ListBucketsCommand({}))).Buckets).toMatchObject([{ Name: Bucket }]);
  expect(await client.send(new GetBucketVersioningCommand({ Bucket }))).toMatchObject({ Status: 'Enabled' });
  const { EventBridgeConfiguration } = await client.send(new GetBucketNotificationConfigurationCommand({ Bucket }));
  expect(EventBridgeConfiguration).toBeDefined();
  const part1 = await client.send(new GetObjectCommand({ Bucket, Key: 'parts' }));
  expect(await part1.Body?.transformToString()).toBe('part');
  await stop();
});

it.each([undefined, { eventBridge: false, versioned: false }])(
  'leaves what a person switched on, when the stack makes its bucket again with %j',
  async (options) => {
    const before = await startLocalS3(dataFolder);
    before.createBucket(Bucket, options);
    const VersioningConfiguration = { Status: 'Enabled' as const };
    await before.client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
    const NotificationConfiguration = { EventBridgeConfiguration: {} };
    await before.client.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration }));
    await before.stop();

    const { client, createBucket, events, stop } = await startLocalS3(dataFolder);
    createBucket(Bucket, options);

    expect(await client.send(new GetBucketVersioningCommand({ Bucket }))).toMatchObject({ Status: 'Enabled' });
    await client.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' }));
    expect(events).toHaveLength(1);
    await stop();
  },
);

it('continues its numbers after a restart, though the newest version is gone', async () => {
  const before = await startLocalS3(dataFolder);
  before.createBucket(Bucket, { versioned: true });
  const object = { Bucket, Key: 'k', Body: 'x' };
  const { VersionId } = await before.client.send(new PutObjectCommand(object));
  await before.client.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId }));
  await before.stop();

  const { client, stop } = await startLocalS3(dataFolder);
  const next = await client.send(new PutObjectCommand(object));

  expect(String(next.VersionId) > String(VersionId)).toBe(true);
  await stop();
});

/** Half of an upload that is large enough to be written to disk as it comes. */
const half = Buffer.alloc(3 * 1024 ** 2);
const halfUpload = {
  method: 'PUT',
  path: `/${Bucket}/half`,
  headers: { 'content-length': String(2 * half.length) },
  body: half,
};

async function halfIsOnDisk() {
  while (incoming().length === 0) await new Promise(setImmediate);
}

it('keeps nothing of an upload whose client hangs up', async () => {
  const { createBucket, raw, settled, client, stop } = await startLocalS3(dataFolder);
  createBucket(Bucket);
  const hangUp = new AbortController();

  const upload = raw({ ...halfUpload, signal: hangUp.signal });
  await halfIsOnDisk();
  hangUp.abort();
  await expect(upload).rejects.toThrow('aborted');
  await settled();

  const { KeyCount } = await client.send(new ListObjectsV2Command({ Bucket }));
  expect([KeyCount, incoming()]).toEqual([0, []]);
  await stop();
});

it('keeps what was answered, and nothing else, when its process is killed', async () => {
  const script = join(import.meta.dirname, 'serve-until-killed.ts');
  const child = spawn(process.execPath, [script, dataFolder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [url] = await once(child.stdout, 'data');
  const endpoint = String(url);
  const remote = new S3Client({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  });
  for (const Body of ['first', 'second']) await remote.send(new PutObjectCommand({ Bucket, Key: 'answered', Body }));
  const upload = sendRaw(endpoint, halfUpload).catch((error: Error) => error);
  await halfIsOnDisk();
  child.kill('SIGKILL');
  await once(child, 'exit');
  expect(await upload).toBeInstanceOf(Error);

  const { client, stop } = await startLocalS3(dataFolder);
  const { Contents } = await client.send(new ListObjectsV2Command({ Bucket }));
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: 'answered' }));

  expect(Contents).toMatchObject([{ Key: 'answered', Size: 6 }]);
  expect(await Body?.transformToString()).toBe('second');
  expect(incoming()).toEqual([]);
  expect(readdirSync(join(dataFolder, 's3', 'bodies'))).toHaveLength(1);
  await stop();
});
