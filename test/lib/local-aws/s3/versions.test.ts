import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, expect, it } from 'vitest';
import { startLocalS3 } from './local-s3.ts';

const s3 = await startLocalS3();
afterAll(() => s3.stopAndRemove());
const { client } = s3;
const Bucket = 'versions';
s3.createBucket(Bucket, { versioned: true });

const put = async (Key: string, Body: string) => {
  const { VersionId } = await client.send(new PutObjectCommand({ Bucket, Key, Body }));
  return VersionId;
};
const get = async (Key: string, VersionId?: string) => {
  const { Body } = await client.send(new GetObjectCommand({ Bucket, Key, VersionId }));
  return Body?.transformToString();
};
const remove = (Key: string, VersionId?: string) => client.send(new DeleteObjectCommand({ Bucket, Key, VersionId }));

it('hides an object behind a delete marker and shows it again without', async () => {
  const version = await put('hidden', 'v1');

  const { DeleteMarker, VersionId: markerId } = await remove('hidden');

  expect(DeleteMarker).toBe(true);
  await expect(get('hidden')).rejects.toMatchObject({ name: 'NoSuchKey', $metadata: { httpStatusCode: 404 } });
  expect(await get('hidden', version)).toBe('v1');
  const { KeyCount } = await client.send(new ListObjectsV2Command({ Bucket, Prefix: 'hidden' }));
  expect(KeyCount).toBe(0);

  await remove('hidden', markerId);
  expect(await get('hidden')).toBe('v1');
});

it('makes the version before the current one again when that is deleted', async () => {
  await put('undone', 'v1');
  const second = await put('undone', 'v2');

  await remove('undone', second);

  expect(await get('undone')).toBe('v1');
});

it('lists versions and delete markers, the newest of a key first', async () => {
  const [first, second] = [await put('listed', 'v1'), await put('listed', 'v2')];
  const { VersionId: marker } = await remove('listed');

  const { Versions, DeleteMarkers } = await client.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'listed' }));

  expect(Versions?.map(({ VersionId, IsLatest }) => [VersionId, IsLatest])).toEqual([
    [second, false],
    [first, false],
  ]);
  expect(DeleteMarkers?.map(({ VersionId, IsLatest }) => [VersionId, IsLatest])).toEqual([[marker, true]]);
});

it('pages through the versions of one key while they are being deleted', async () => {
  const made: (string | undefined)[] = [];
  for (let i = 0; i < 7; i += 1) made.push(await put('paged/k', `v${i}`));
  await put('paged/l', 'the last');

  const found: (string | undefined)[][] = [];
  const latest: (string | undefined)[] = [];
  const input = { Bucket, Prefix: 'paged/', MaxKeys: 3 };
  let page: ListObjectVersionsCommandOutput | undefined;
  while (page?.IsTruncated !== false) {
    const markers = { KeyMarker: page?.NextKeyMarker, VersionIdMarker: page?.NextVersionIdMarker };
    page = await client.send(new ListObjectVersionsCommand({ ...input, ...markers }));
    const Objects = (page.Versions ?? []).map(({ Key, VersionId }) => ({ Key, VersionId }));
    found.push(Objects.map(({ VersionId }) => VersionId));
    latest.push(...(page.Versions ?? []).flatMap(({ Key, IsLatest }) => (IsLatest ? [Key] : [])));
    await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  }

  expect(found.map((page) => page.length)).toEqual([3, 3, 2]);
  expect(found.flat().slice(0, 7)).toEqual(made.reverse());
  expect(latest).toEqual(['paged/k', 'paged/l']);
});

it('says what a delete without and with a version ID did', async () => {
  const version = await put('deletes', 'v1');

  const made = await remove('deletes');
  const gone = await remove('deletes', made.VersionId);
  const last = await remove('deletes', version);

  expect([made.DeleteMarker, gone.DeleteMarker, last.DeleteMarker]).toEqual([true, true, undefined]);
  expect([gone.VersionId, last.VersionId]).toEqual([made.VersionId, version]);
  const Objects = [{ Key: 'deletes' }, { Key: 'deletes', VersionId: 'null' }];
  const { Deleted } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
  expect(Deleted).toEqual([
    { Key: 'deletes', DeleteMarker: true, DeleteMarkerVersionId: expect.stringMatching(/^[0-9a-f]{32}$/) },
    { Key: 'deletes', VersionId: 'null' },
  ]);
});

it('has one delete marker without an ID when versioning is suspended, however often a key is deleted', async () => {
  const suspended = { Bucket: 'suspended-deletes', Key: 'k' };
  s3.createBucket(suspended.Bucket);
  await client.send(new PutObjectCommand({ ...suspended, Body: 'before' }));
  const VersioningConfiguration = { Status: 'Suspended' as const };
  await client.send(new PutBucketVersioningCommand({ Bucket: suspended.Bucket, VersioningConfiguration }));

  for (let i = 0; i < 2; i += 1)
    expect(await client.send(new DeleteObjectCommand(suspended))).toMatchObject({
      DeleteMarker: true,
      VersionId: 'null',
    });

  const { Versions, DeleteMarkers } = await client.send(new ListObjectVersionsCommand({ Bucket: suspended.Bucket }));
  expect([Versions, DeleteMarkers?.map(({ VersionId }) => VersionId)]).toEqual([undefined, ['null']]);
});

it('refuses versions that are not there or are delete markers', async () => {
  await put('refused', 'v1');
  const { VersionId: marker } = await remove('refused');

  const missing = { name: 'NoSuchVersion', $metadata: { httpStatusCode: 404 } };
  await expect(get('refused', 'none')).rejects.toMatchObject(missing);
  await expect(get('refused', 'f'.repeat(32))).rejects.toMatchObject(missing);
  await expect(get('refused', Number.parseInt(marker ?? '', 16).toString(16))).rejects.toMatchObject(missing);
  const isMarker = { name: 'MethodNotAllowed', $metadata: { httpStatusCode: 405 } };
  await expect(get('refused', marker)).rejects.toMatchObject(isMarker);
});

it('names the version in every answer', async () => {
  const VersionId = await put('named', 'v1');

  expect(VersionId).toMatch(/^[0-9a-f]{32}$/);
  expect(await client.send(new HeadObjectCommand({ Bucket, Key: 'named' }))).toMatchObject({ VersionId });
});

it('replaces only the version without an ID when versioning is suspended', async () => {
  const kept = await put('suspended', 'kept');
  const VersioningConfiguration = { Status: 'Suspended' as const };
  await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  await put('suspended', 'replaced');
  await put('suspended', 'current');

  const { Versions } = await client.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'suspended' }));

  expect(Versions?.map(({ VersionId }) => VersionId)).toEqual(['null', kept]);
  expect([await get('suspended', kept), await get('suspended', 'null')]).toEqual(['kept', 'current']);
  await remove('suspended');
  await expect(get('suspended')).rejects.toMatchObject({ name: 'NoSuchKey' });
  expect(await get('suspended', kept)).toBe('kept');
});
