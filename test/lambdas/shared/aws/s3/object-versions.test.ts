import {
  DeleteObjectsCommand,
  GetBucketVersioningCommand,
  ListObjectVersionsCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { objectVersions } from '../../../../../lambdas/shared/aws/s3/object-versions.ts';

const client = new S3Client({ region: 'us-east-1' });
const s3 = mockClient(client);
const versions = objectVersions(client, 'media');
const version = (Key: string, second: number, IsLatest = false) => ({
  ...{ Key, VersionId: `${Key}-${second}`, IsLatest },
  LastModified: new Date(second * 1000),
});

beforeEach(() => {
  s3.reset();
});

it('gives the versions and markers of a key together, the newest first, though a page ends in the midst of them', async () => {
  s3.on(ListObjectVersionsCommand)
    .resolvesOnce({
      ...{ IsTruncated: true, NextKeyMarker: 'b', NextVersionIdMarker: 'b-5' },
      Versions: [version('a', 1), version('b', 6)],
      DeleteMarkers: [version('a', 2, true), version('b', 7, true)],
    })
    .resolvesOnce({ Versions: [version('b', 5), version('c', 1, true)], DeleteMarkers: [version('b', 4)] });

  const listed: string[][] = [];
  for await (const ofKey of versions.listVersions('p/', 'p/0')) listed.push(ofKey.map(({ versionId }) => versionId));

  expect(listed).toEqual([['a-2', 'a-1'], ['b-7', 'b-6', 'b-5', 'b-4'], ['c-1']]);
  expect(s3.commandCalls(ListObjectVersionsCommand).map(({ args }) => args[0].input)).toEqual([
    { Bucket: 'media', Prefix: 'p/', KeyMarker: 'p/0' },
    { Bucket: 'media', Prefix: 'p/', KeyMarker: 'b', VersionIdMarker: 'b-5' },
  ]);
});

it('gives a key whole whose versions fill several pages', async () => {
  const page = { IsTruncated: true, NextKeyMarker: 'a' };
  s3.on(ListObjectVersionsCommand)
    .resolvesOnce({ ...page, NextVersionIdMarker: '3', Versions: [version('a', 3, true)] })
    .resolvesOnce({ ...page, NextVersionIdMarker: '2', Versions: [version('a', 2)] })
    .resolvesOnce({ Versions: [version('a', 1)] });

  const listed: number[] = [];
  for await (const ofKey of versions.listVersions('')) listed.push(ofKey.length);

  expect(listed).toEqual([3]);
});

it('gives keys in the order of their bytes, as S3 does', async () => {
  s3.on(ListObjectVersionsCommand).resolves({
    Versions: [version('\u{1f3a5}', 1)],
    DeleteMarkers: [version('a', 1), version('\uff21', 1)],
  });

  const keys: (string | undefined)[] = [];
  for await (const [first] of versions.listVersions('')) keys.push(first?.key);

  expect(keys).toEqual(['a', '\uff21', '\u{1f3a5}']);
});

it('removes versions by their IDs and says which are refused', async () => {
  s3.on(DeleteObjectsCommand).resolves({ Errors: [{ Key: 'b', Code: 'AccessDenied', Message: 'No.' }, { Key: 'c' }] });

  const failures = await versions.deleteVersions([{ key: 'a', versionId: '1' }]);

  expect(failures).toEqual([
    { key: 'b', reason: 'No.' },
    { key: 'c', reason: 'unknown' },
  ]);
  expect(s3.commandCalls(DeleteObjectsCommand)[0]?.args[0].input).toEqual({
    Bucket: 'media',
    Delete: { Objects: [{ Key: 'a', VersionId: '1' }], Quiet: true },
  });
});

it.each([
  ['Enabled', true],
  ['Suspended', true],
  [undefined, false],
] as const)('of a bucket whose versioning is %s may have versions: %s', async (Status, isVersioned) => {
  s3.on(GetBucketVersioningCommand).resolves({ Status });

  expect(await versions.isVersioned()).toBe(isVersioned);
});
