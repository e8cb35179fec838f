import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, describe, expect, it } from 'vitest';
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
const pathOf = (key: string) => join(s3.dataFolder, 's3', Bucket, key);

const put = (Key: string, Body: string) => client.send(new PutObjectCommand({ Bucket, Key, Body }));
async function get(Key: string) {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key }));
  return Body?.transformToString();
}

/** Every path in the sandbox and in the store that is not a body or a readable file. */
const otherPaths = () =>
  readdirSync(sandbox, { recursive: true, encoding: 'utf8' })
    .filter((path) => !/^some\/where\/data\/(s3-store\/bodies\/\d+$|s3\/)/.test(path))
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
    '../s3-store/index.sqlite',
    '../../s3-store/bodies/1',
  ];

  it.each(keys)('is stored like any other, inside the data folder: %j', async (key) => {
    const path = `/${Bucket}/${encodeURIComponent(key)}`;
    await put('plain', 'so that there is a readable folder');
    const before = otherPaths();

    await s3.raw({ method: 'PUT', path, body: `body of ${key}` });
    const { status, text } = await s3.raw({ method: 'GET', path });

    expect([status, text]).toEqual([200, `body of ${key}`]);
    expect(otherPaths()).toEqual(before);
    expect(['/', '/tmp', tmpdir()].filter((folder) => existsSync(join(folder, name)))).toEqual([]);
    expect(readdirSync(join(s3.dataFolder, 's3'))).toEqual([Bucket]);
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

describe('a key that is a plain path', () => {
  it('is found there by people', async () => {
    await put('proxies/C0126 é.MP4', 'video');

    expect(readFileSync(pathOf('proxies/C0126 é.MP4'), 'utf8')).toBe('video');
  });

  it('shows what was put last', async () => {
    await put('again', 'first');
    await put('again', 'second');

    expect(readFileSync(pathOf('again'), 'utf8')).toBe('second');
  });

  it('goes with its object, and so do the folders that only it was in', async () => {
    await put('deep/er/file', 'x');
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'deep/er/file' }));

    expect(existsSync(pathOf('deep'))).toBe(false);
  });

  it('leaves no bytes behind when its object goes', async () => {
    const bodies = join(s3.dataFolder, 's3-store', 'bodies');
    const before = readdirSync(bodies);
    await put('short-lived', 'x');
    await put('short-lived', 'y');
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'short-lived' }));

    expect(readdirSync(bodies)).toEqual(before);
  });

  it('is only a view: an object outlives its deletion by a person', async () => {
    await put('viewed', 'x');
    rmSync(pathOf('viewed'));

    expect(await get('viewed')).toBe('x');
  });
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

  it('leave a file that a person put there alone', async () => {
    await put('folder/of-mine', 'x');
    writeFileSync(pathOf('folder/notes.txt'), 'mine');

    await put('folder/notes.txt', 'object');
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'folder/notes.txt' }));
    await client.send(new DeleteObjectCommand({ Bucket, Key: 'folder/of-mine' }));

    expect(readFileSync(pathOf('folder/notes.txt'), 'utf8')).toBe('mine');
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
