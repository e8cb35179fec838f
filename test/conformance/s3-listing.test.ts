import { ListObjectsV2Command, PutObjectCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { startLocalS3 } from '../lib/local-aws/s3/local-s3.ts';

const s3 = await startLocalS3();
afterAll(() => s3.stopAndRemove());
const { client } = s3;
const Bucket = 'conformance-listing';
s3.createBucket(Bucket);

const keys = Array.from({ length: 25 }, (_, i) => `list/d${i % 3}/k${String(i).padStart(3, '0')}`);
const folders = ['list/d0/', 'list/d1/', 'list/d2/'];

beforeAll(async () => {
  for (const Key of [...keys, 'beside']) await client.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
});

/** The pages of a whole listing, each as its keys and common prefixes. */
async function pagesOf(pageSize: number, Delimiter?: string) {
  const pages: (string | undefined)[][] = [];
  for await (const page of paginateListObjectsV2({ client, pageSize }, { Bucket, Prefix: 'list/', Delimiter })) {
    const { Contents = [], CommonPrefixes = [] } = page;
    pages.push([...Contents.map(({ Key }) => Key), ...CommonPrefixes.map(({ Prefix }) => Prefix)]);
  }
  return pages;
}

it('lists what was put, in order', async () => {
  const { Contents } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'list/' }));

  expect(Contents?.map(({ Key }) => Key)).toEqual([...keys].sort());
  expect(Contents?.[0]).toMatchObject({ Size: keys[0]?.length, StorageClass: 'STANDARD' });
});

it('rolls keys up to their delimiter', async () => {
  const answer = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'list/', Delimiter: '/' }));

  expect(answer.CommonPrefixes?.map(({ Prefix }) => Prefix)).toEqual(folders);
  expect(answer.Contents).toBeUndefined();
  expect(answer.KeyCount).toBe(3);
});

it('pages through keys', async () => {
  const pages = await pagesOf(7);

  expect(pages.map((page) => page.length)).toEqual([7, 7, 7, 4]);
  expect(pages.flat()).toEqual([...keys].sort());
});

it('pages through common prefixes', async () => {
  expect(await pagesOf(1, '/')).toEqual(folders.map((folder) => [folder]));
});

it('starts behind StartAfter', async () => {
  const input = { Bucket, Prefix: 'list/', StartAfter: 'list/d2/' };
  const { Contents } = await client.send(new ListObjectsV2Command(input));

  expect(Contents?.map(({ Key }) => Key)).toEqual(keys.filter((key) => key.startsWith('list/d2/')));
});
