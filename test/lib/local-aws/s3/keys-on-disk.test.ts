import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  PutObjectTaggingCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startLocalS3 } from './local-s3.ts';

const sandbox = mkdtempSync(join(tmpdir(), 'keys-on-disk-'));
const s3 = await startLocalS3(join(sandbox, 'some', 'where', 'data'));
afterAll(async () => {
  await s3.stop();
  rmSync(sandbox, { recursive: true });
});
const { client } = s3;
const Bucket = 'keys-on-disk';
s3.createBucket(Bucket);

const put = (Key: string, Body: string) => client.send(new PutObjectCommand({ Bucket, Key, Body }));
async function get(Key: string) {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return Body?.transformToString();
}

/** Every path in the sandbox that is not a body. */
const otherPaths = () =>
  readdirSync(sandbox, { recursive: true, encoding: 'utf8' })
    .filter((path) => !/^some\/where\/data\/s3\/bodies\/\d+$/.test(path))
    .sort();

describe('a key that leads out of a folder', () => {
  // A name of its own for each run: what a broken one leaves behind must not fail the next.
  const name = `escaped-${process.pid}`;
  const keys = [
    `../${name}`,
    `../../${name}`,
    `../../../../../../../../tmp/${name}`,
    `a/../../../${name}`,
    `/${name}`,
    `//${name}`,
    '..',
    '.',
    `./${name}`,
    `a/./${name}`,
    `..\\${name}`,
    `C:\\${name}`,
    `nul\0/../../${name}`,
    `..%2f..%2f${name}`,
    '../s3/index.sqlite',
    'bodies/1',
    '1',
  ];

  it.each(keys)('is stored like any other, inside the data folder: %j', async (key) => {
    const path = `/${Bucket}/${encodeURIComponent(key)}`;
    const before = otherPaths();

    await s3.raw({ method: 'PUT', path, body: `body of ${key}` });
    const { status, text } = await s3.raw({ method: 'GET', path });

    expect([status, text]).toEqual([200, `body of ${key}`]);
    expect(otherPaths()).toEqual(before);
    expect(['/', '/tmp', tmpdir()].filter((folder) => existsSync(join(folder, name)))).toEqual([]);
  });

  it('names objects even where the path is not encoded', async () => {
    const { status } = await s3.raw({ method: 'PUT', path: `/${Bucket}/x/../../y`, body: 'plain' });
    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'x/' }));

    expect(status).toBe(200);
    expect(Contents?.map(({ Key }) => Key)).toEqual(['x/../../y']);
  });

  it.each(['..', '.', '../etc', 'a/b', 'UPPER', 'a..b', '192.168.0.1', 'ab', 'x'.repeat(64)])(
    'cannot be a bucket: %j',
    async (name) => {
      const { status, text } = await s3.raw({ method: 'PUT', path: `/${encodeURIComponent(name)}` });

      expect(status).toBe(400);
      expect(text).toContain('<Code>InvalidBucketName</Code>');
    },
  );
});

it('leaves no bytes behind when its object goes', async () => {
  const bodies = join(s3.dataFolder, 's3', 'bodies');
  const before = readdirSync(bodies);
  await put('short-lived', 'x');
  await put('short-lived', 'y');
  await client.send(new DeleteObjectCommand({ Bucket, Key: 'short-lived' }));

  expect(readdirSync(bodies)).toEqual(before);
});

describe('every operation', () => {
  const outside = join(sandbox, 'outside');
  const copy = (Key: string, CopySource: string) => client.send(new CopyObjectCommand({ Bucket, Key, CopySource }));

  beforeAll(async () => {
    mkdirSync(outside);
    writeFileSync(join(outside, 'theirs'), 'theirs');
    await put('plain', 'copied');
  });

  const keys = [
    '../../../outside/theirs',
    '../../../../outside/new',
    `${outside}/theirs`,
    '../x\0',
    '/',
    'bodies/../..',
  ];

  it.each(keys)('on the key %j touches nothing but bodies and the index', async (Key) => {
    const others = otherPaths();

    await put(Key, 'put');
    await put(Key, 'put again');
    expect(await get(Key)).toBe('put again');
    await copy('from', `${Bucket}/${encodeURIComponent(Key)}`);
    await copy(Key, `${Bucket}/plain`);
    await client.send(new PutObjectTaggingCommand({ Bucket, Key, Tagging: { TagSet: [{ Key: 'a', Value: '1' }] } }));
    const { UploadId } = await client.send(new CreateMultipartUploadCommand({ Bucket, Key }));
    const part = { Bucket, Key, UploadId, PartNumber: 1 };
    await client.send(new UploadPartCommand({ ...part, Body: 'part' }));
    const { CopyPartResult } = await client.send(new UploadPartCopyCommand({ ...part, CopySource: `${Bucket}/from` }));
    const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: CopyPartResult?.ETag }] };
    await client.send(new CompleteMultipartUploadCommand({ Bucket, Key, UploadId, MultipartUpload }));
    expect(await get(Key)).toBe('put again');
    await client.send(new DeleteObjectCommand({ Bucket, Key }));
    await put(Key, 'for the last time');
    await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: [{ Key }] } }));

    await expect(get(Key)).rejects.toMatchObject({ name: 'NoSuchKey' });
    expect(otherPaths()).toEqual(others);
    expect(readFileSync(join(outside, 'theirs'), 'utf8')).toBe('theirs');
  });

  it.each(['../outside/theirs', '%2e%2e%2foutside/theirs', '/../outside/theirs', '../theirs', './s3/index.sqlite'])(
    'copies from buckets only, and %j is none',
    async (source) => {
      await expect(copy('stolen', source)).rejects.toMatchObject({
        name: expect.stringMatching(/^(NoSuchBucket|InvalidArgument)$/),
      });
    },
  );
});

describe("keys in each other's way", () => {
  it.each([
    ['a', 'a/b'],
    ['c/d', 'c'],
    ['dir', 'dir/'],
    ['double//slash', 'double/slash'],
    ['Case', 'case'],
    ['e\u0301', '\u00e9'],
    ['dot.', 'dot'],
  ])('are both kept: %j and %j', async (one, other) => {
    await put(one, `body of ${one}`);
    await put(other, `body of ${other}`);

    expect([await get(one), await get(other)]).toEqual([`body of ${one}`, `body of ${other}`]);
    await client.send(new DeleteObjectCommand({ Bucket, Key: one }));
    expect(await get(other)).toBe(`body of ${other}`);
    await expect(get(one)).rejects.toMatchObject({ name: 'NoSuchKey' });
  });
});

describe('the length of a key', () => {
  it.each([
    ['one name', 'n'.repeat(1024)],
    ['a name that a file may just have', 'n'.repeat(255)],
    ['a name that no file may have', 'n'.repeat(256)],
    ['many folders', `${'f/'.repeat(511)}ff`],
    ['four bytes a character', '😀'.repeat(256)],
  ])('may be 1,024 bytes: %s', async (_what, key) => {
    await put(key, 'long');

    expect(await get(key)).toBe('long');
  });

  it.each(['n'.repeat(1025), `${'😀'.repeat(256)}n`])('may not be more', async (key) => {
    const refused = { name: 'KeyTooLongError', $metadata: { httpStatusCode: 400 } };

    await expect(put(key, 'x')).rejects.toMatchObject(refused);
    await expect(get(key)).rejects.toMatchObject(refused);
  });
});

it('keeps control characters in keys, also in lists of keys', async () => {
  const keys = ['control/\u0001', 'control/\t\r\n', 'control/&#1;', 'control/\u007f\u0085'];
  for (const key of keys) await put(key, key);

  const { Contents } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'control/', EncodingType: 'url' }));
  const Objects = keys.map((Key) => ({ Key }));
  const { Deleted } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));

  expect(Contents?.map(({ Key = '' }) => decodeURIComponent(Key)).sort()).toEqual([...keys].sort());
  expect(Deleted).toHaveLength(4);
  const left = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'control/' }));
  expect(left.KeyCount).toBe(0);
});

it('deletes the object that a document names, and not the one without its control character', async () => {
  for (const key of ['cd', 'c\u0001d']) await put(key, key);
  const remove = (Key: string) => {
    const body = `<?xml version="1.0"?>\n<Delete><Object><Key>${Key}</Key></Object></Delete>`;
    return s3.raw({ method: 'POST', path: `/${Bucket}?delete`, body });
  };

  expect((await remove('c&#0;d')).status).toBe(400);
  expect((await remove('c&#x1;d')).status).toBe(200);

  expect(await get('cd')).toBe('cd');
  await expect(get('c\u0001d')).rejects.toMatchObject({ name: 'NoSuchKey' });
});
