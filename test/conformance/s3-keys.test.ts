import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, expect, it } from 'vitest';
import { startLocalS3 } from '../lib/local-aws/s3/local-s3.ts';

const s3 = await startLocalS3();
afterAll(() => s3.stopAndRemove());
const { client } = s3;
const Bucket = 'conformance-keys';
s3.createBucket(Bucket);

it.each([
  'sp ace/a b.txt',
  'plus+sign',
  'unicodé/日本.json',
  'pct%20x',
  'a//b',
  'dir/',
  `q'&<>"`,
  'dots/../x',
  'run=1/date=2026-01-01/part-0000.jsonl',
])('puts, gets and lists the key %j', async (name) => {
  const Key = `w/${name}`;
  await client.send(new PutObjectCommand({ Bucket, Key, Body: name }));

  const object = await client.send(new GetObjectCommand({ Bucket, Key }));
  const { Contents } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: Key }));

  expect(await object.Body?.transformToString()).toBe(name);
  expect(Contents?.map((content) => content.Key)).toEqual([Key]);
});
