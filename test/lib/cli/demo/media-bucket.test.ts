import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  S3Client,
} from '@aws-sdk/client-s3';
import pMap from 'p-map';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { emptyBucket, uploadMedia } from '../../../../lib/cli/demo/media-bucket.ts';
import { readMediaFolder } from '../../../../lib/cli/demo/media-folder.ts';
import { realClock } from '../../../../lib/local-aws/clock.ts';
import { startEndpoint } from '../../../../lib/local-aws/endpoint.ts';
import { s3Service } from '../../../../lib/local-aws/s3/service.ts';
import { localConnection } from '../../../../lib/program/connection.ts';
import { administrator } from '../../../support/administrator.ts';
import { sampleMediaFolder } from '../../../support/clips.ts';

let folder = '';
let s3: S3Client;
let url = '';
let closing: () => Promise<void>;
const bucket = 'media-1';
const never = new AbortController().signal;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'media-batch-bucket-'));
  const clock = realClock();
  const local = s3Service({ dataFolder: join(folder, 's3-data'), clock });
  const endpoint = await startEndpoint(0, clock, { s3: local.service }, administrator());
  url = endpoint.url;
  s3 = new S3Client({ ...localConnection(url).client, forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: bucket }));
  closing = async () => {
    s3.destroy();
    await endpoint.close();
    await local.close();
  };
});
afterAll(async () => {
  await closing();
  await rm(folder, { recursive: true });
});
beforeEach(() => emptyBucket(s3, bucket, never));

async function keys(): Promise<string[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }));
  return Contents.map(({ Key = '' }) => Key);
}

describe('uploading media', () => {
  it('puts every sample clip under its key with its Content-Type and its bytes', async () => {
    const { files } = await readMediaFolder(sampleMediaFolder);

    await uploadMedia(s3, bucket, files, never);

    expect(await keys()).toEqual(files.map(({ key }) => key));
    const [video] = files.filter(({ key }) => key.endsWith('.MKV'));
    const { Body, ContentType } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: video?.key }));
    expect(ContentType).toBe('video/x-matroska');
    expect(Buffer.from((await Body?.transformToByteArray()) ?? [])).toEqual(await readFile(video?.path ?? ''));
  });

  it('uploads a video that is too long for one piece', async () => {
    const path = join(folder, 'long.mp4');
    const bytes = Buffer.alloc(12 * 1024 * 1024, 'media');
    await writeFile(path, bytes);

    await uploadMedia(s3, bucket, [{ path, key: 'long.mp4', contentType: 'video/mp4' }], never);

    const { Body, ETag, ContentType } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: 'long.mp4' }));
    const hash = (data: Uint8Array) => createHash('sha256').update(data).digest('hex');
    expect(ETag).toMatch(/-3"$/);
    expect(ContentType).toBe('video/mp4');
    expect(hash((await Body?.transformToByteArray()) ?? Buffer.alloc(0))).toBe(hash(bytes));
  });

  it('uploads an empty video, because the run refuses it', async () => {
    const path = join(folder, 'empty.mp4');
    await writeFile(path, '');

    await uploadMedia(s3, bucket, [{ path, key: 'empty.mp4', contentType: 'video/mp4' }], never);

    const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: 'empty.mp4' }));
    expect(head.ContentLength).toBe(0);
  });

  it('ends at an interruption', async () => {
    const { files } = await readMediaFolder(sampleMediaFolder);
    const interruption = new AbortController();
    interruption.abort();

    await expect(uploadMedia(s3, bucket, files, interruption.signal)).rejects.toBe(interruption.signal.reason);
    expect(await keys()).toEqual([]);
  });

  it('fails when a file is gone', async () => {
    const video = { path: join(folder, 'gone.mp4'), key: 'gone.mp4', contentType: 'video/mp4' };

    await expect(uploadMedia(s3, bucket, [video], never)).rejects.toThrow('ENOENT');
  });
});

describe('emptying a bucket', () => {
  it('removes every page of it', async () => {
    const names = Array.from({ length: 1001 }, (_, at) => `proxies/${at}.mp4`);
    const headers = { authorization: 'AWS4-HMAC-SHA256 Credential=any/20261122/us-east-1/s3/aws4_request' };
    const put = (key: string) => fetch(`${url}/${bucket}/${key}`, { method: 'PUT', body: 'x', headers });
    const answers = await pMap(names, put, { concurrency: 16 });

    await emptyBucket(s3, bucket, never);

    expect(answers.every(({ ok }) => ok)).toBe(true);
    expect(await keys()).toEqual([]);
  });
});
