import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ListObjectsV2Command, PutObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { seedBuckets } from '../../../support/seed-bucket.ts';
import { startLocalS3 } from './local-s3.ts';

// Of the last ones, JavaScript would sort the emoji before U+FF5E, UTF-8 does not.
const strange = ['z/\u{ff5e}', 'z/\u{1f600}', 'z/a', 'z/é'];
const manyKeys = [...Array.from({ length: 2496 }, (_, i) => `a/${String(i).padStart(4, '0')}`), ...strange];
const dataFolder = mkdtempSync(join(tmpdir(), 'local-s3-'));
// Not by PUT, which takes seconds; the order in which they are written says nothing about the order of the list.
seedBuckets(dataFolder, [['many', manyKeys.toReversed().map((key) => ({ key }))]]);
const s3 = await startLocalS3(dataFolder);
afterAll(() => s3.stopAndRemove());
const { client } = s3;
const names = (contents: { Key?: string }[] = []) => contents.map(({ Key }) => Key);

async function putAll(Bucket: string, keys: string[]) {
  s3.createBucket(Bucket);
  await Promise.all(keys.map((Key) => client.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }))));
}

describe('2,500 keys', () => {
  const Bucket = 'many';
  const inByteOrder = [...manyKeys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));

  it('come in three pages, each once, in the order of their UTF-8 bytes', async () => {
    const pages: (string | undefined)[][] = [];
    for await (const { Contents } of paginateListObjectsV2({ client }, { Bucket })) pages.push(names(Contents));

    expect(pages.map((page) => page.length)).toEqual([1000, 1000, 500]);
    expect(pages.flat()).toEqual(inByteOrder);
    expect(inByteOrder.slice(-2)).toEqual(['z/\u{ff5e}', 'z/\u{1f600}']);
  });

  it('come at most 1,000 at a time, however many are asked for', async () => {
    const { Contents, IsTruncated, MaxKeys } = await client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 5000 }));

    expect([Contents?.length, IsTruncated, MaxKeys]).toEqual([1000, true, 1000]);
  });

  it('come as two folders, one page each', async () => {
    const pages: unknown[] = [];
    const input = { Bucket, Delimiter: '/' };
    for await (const page of paginateListObjectsV2({ client, pageSize: 1 }, input)) pages.push(page.CommonPrefixes);

    expect(pages).toEqual([[{ Prefix: 'a/' }], [{ Prefix: 'z/' }]]);
  });
});

describe('a delimiter', () => {
  const Bucket = 'delimiter';
  beforeAll(() => putAll(Bucket, ['a', 'a/', 'a/b', 'a/b/c', 'a//d', 'a0', 'b/é/x', 'b/é/y', 'b/z']));

  it.each([
    ['', ['a', 'a0'], ['a/', 'b/']],
    ['a', ['a', 'a0'], ['a/']],
    ['a/', ['a/', 'a/b'], ['a//', 'a/b/']],
    ['b/', ['b/z'], ['b/é/']],
    ['b/é', [], ['b/é/']],
    ['nothing', [], []],
  ])('under the prefix "%s" parts keys from common prefixes', async (Prefix, keys, prefixes) => {
    const {
      Contents,
      CommonPrefixes = [],
      KeyCount,
    } = await client.send(new ListObjectsV2Command({ Bucket, Prefix, Delimiter: '/' }));

    expect(names(Contents)).toEqual(keys);
    expect(CommonPrefixes.map((common) => common.Prefix)).toEqual(prefixes);
    expect(KeyCount).toBe(keys.length + prefixes.length);
  });

  it('may be more than one character', async () => {
    const { CommonPrefixes } = await client.send(new ListObjectsV2Command({ Bucket, Delimiter: '/b' }));

    expect(CommonPrefixes).toEqual([{ Prefix: 'a/b' }]);
  });

  it('skips a common prefix that is not greater than the start of the list', async () => {
    const list = async (StartAfter: string) => {
      const { CommonPrefixes } = await client.send(new ListObjectsV2Command({ Bucket, Delimiter: '/', StartAfter }));
      return CommonPrefixes?.map(({ Prefix }) => Prefix);
    };

    expect([await list('a'), await list('a/'), await list('a/a')]).toEqual([['a/', 'b/'], ['b/'], ['b/']]);
  });
});

describe('the parameters of a list', () => {
  const Bucket = 'parameters';
  beforeAll(() => putAll(Bucket, ['a b+c/d&é', 'plain']));

  it('encode keys on request', async () => {
    const { text } = await s3.raw({ method: 'GET', path: `/${Bucket}?list-type=2&encoding-type=url&max-keys=1` });

    expect(text).toContain('<Key>a%20b%2Bc/d%26%C3%A9</Key>');
    expect(text).toContain('<EncodingType>url</EncodingType>');
  });

  it('may ask for no key at all', async () => {
    const { KeyCount, IsTruncated } = await client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 0 }));

    expect([KeyCount, IsTruncated]).toEqual([0, false]);
  });

  it.each(['max-keys=many', 'max-keys=-1', 'encoding-type=gzip', 'continuation-token=!'])(
    'are refused: %s',
    async (wrong) => {
      const { status, text } = await s3.raw({ method: 'GET', path: `/${Bucket}?list-type=2&${wrong}` });

      expect([status, text]).toEqual([400, expect.stringContaining('<Code>InvalidArgument</Code>')]);
    },
  );

  it('show the storage class', async () => {
    await client.send(new PutObjectCommand({ Bucket, Key: 'cold', Body: 'x', StorageClass: 'GLACIER' }));

    const { Contents } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'cold' }));

    expect(Contents).toMatchObject([{ Key: 'cold', StorageClass: 'GLACIER' }]);
  });
});
