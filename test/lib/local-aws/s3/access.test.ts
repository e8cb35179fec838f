import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  type CopyObjectCommandInput,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetBucketNotificationConfigurationCommand,
  GetBucketVersioningCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  ListPartsCommand,
  PutBucketNotificationConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  S3Client,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createAccess, credentialsOf } from '../../../../lib/local-aws/iam/access.ts';
import { policySchema } from '../../../../lib/local-aws/iam/statements.ts';
import { startLocalS3 } from './local-s3.ts';

const access = createAccess('000000000000');
const s3 = await startLocalS3(undefined, access);
afterAll(() => s3.stopAndRemove());
const Bucket = 'access';
s3.createBucket(Bucket, { versioned: true });
const bucketArn = `arn:aws:s3:::${Bucket}`;
const object = { Bucket, Key: 'there' };
let VersionId: string | undefined;
let UploadId: string | undefined;

beforeAll(async () => {
  ({ VersionId } = await s3.client.send(new PutObjectCommand({ ...object, Body: 'x', Tagging: 'a=1' })));
  await s3.client.send(new PutObjectCommand({ Bucket, Key: 'untagged', Body: 'x' }));
  ({ UploadId } = await s3.client.send(new CreateMultipartUploadCommand(object)));
});

let roles = 0;

/** A client with a role that may do just this, each an action and the resource that it is for. */
function clientWith(...grants: [action: string, resource: string][]): S3Client {
  roles += 1;
  const roleArn = `arn:aws:iam::000000000000:role/role-${roles}`;
  access.addRole(roleArn, []);
  const Statement = grants.map(([action, Resource]) => ({ Effect: 'Allow', Action: `s3:${action}`, Resource }));
  access.addToRole(roleArn, policySchema.parse({ Version: '2012-10-17', Statement }));
  const client = new S3Client({
    ...{ endpoint: s3.url, region: 'us-east-1', maxAttempts: 1 },
    credentials: credentialsOf(roleArn),
  });
  afterAll(() => client.destroy());
  return client;
}

const denied = (action: string, resource: string) => ({
  name: 'AccessDenied',
  message: expect.stringContaining(`is not authorized to perform: s3:${action} on resource: ${resource} because`),
  $metadata: { httpStatusCode: 403 },
});

type Send = (client: S3Client) => Promise<unknown>;
const bucket = { Bucket };
const part = () => ({ ...object, UploadId, PartNumber: 1 });
const MultipartUpload = { Parts: [{ PartNumber: 1, ETag: '"none"' }] };
const attributes = { ObjectAttributes: ['ETag' as const] };
const VersioningConfiguration = { Status: 'Enabled' as const };
const Tagging = { TagSet: [] };

describe.each<[operation: string, grants: [string, string][], send: Send]>([
  ['ListBuckets', [['ListAllMyBuckets', '*']], (c) => c.send(new ListBucketsCommand({}))],
  ['CreateBucket', [['CreateBucket', 'arn:aws:s3:::made']], (c) => c.send(new CreateBucketCommand({ Bucket: 'made' }))],
  ['DeleteBucket', [['DeleteBucket', 'arn:aws:s3:::made']], (c) => c.send(new DeleteBucketCommand({ Bucket: 'made' }))],
  ['HeadBucket', [['ListBucket', bucketArn]], (c) => c.send(new HeadBucketCommand(bucket))],
  ['GetBucketVersioning', [['GetBucketVersioning', bucketArn]], (c) => c.send(new GetBucketVersioningCommand(bucket))],
  [
    'PutBucketVersioning',
    [['PutBucketVersioning', bucketArn]],
    (c) => c.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration })),
  ],
  [
    'GetBucketNotificationConfiguration',
    [['GetBucketNotification', bucketArn]],
    (c) => c.send(new GetBucketNotificationConfigurationCommand(bucket)),
  ],
  [
    'PutBucketNotificationConfiguration',
    [['PutBucketNotification', bucketArn]],
    (c) => c.send(new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration: {} })),
  ],
  ['ListObjectsV2', [['ListBucket', bucketArn]], (c) => c.send(new ListObjectsV2Command(bucket))],
  ['ListObjectVersions', [['ListBucketVersions', bucketArn]], (c) => c.send(new ListObjectVersionsCommand(bucket))],
  [
    'ListMultipartUploads',
    [['ListBucketMultipartUploads', bucketArn]],
    (c) => c.send(new ListMultipartUploadsCommand(bucket)),
  ],
  [
    'PutObject',
    [['PutObject', `${bucketArn}/k`]],
    (c) => c.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x' })),
  ],
  [
    'PutObject with tags',
    [
      ['PutObject', `${bucketArn}/k`],
      ['PutObjectTagging', `${bucketArn}/k`],
    ],
    (c) => c.send(new PutObjectCommand({ Bucket, Key: 'k', Body: 'x', Tagging: 'a=1' })),
  ],
  ['GetObject', [['GetObject', `${bucketArn}/there`]], (c) => c.send(new GetObjectCommand(object))],
  [
    'GetObject of a version',
    [['GetObjectVersion', `${bucketArn}/there`]],
    (c) => c.send(new GetObjectCommand({ ...object, VersionId })),
  ],
  [
    'GetObjectAttributes',
    [
      ['GetObject', `${bucketArn}/there`],
      ['GetObjectAttributes', `${bucketArn}/there`],
    ],
    (c) => c.send(new GetObjectAttributesCommand({ ...object, ...attributes })),
  ],
  [
    'GetObjectAttributes of a version',
    [
      ['GetObjectVersion', `${bucketArn}/there`],
      ['GetObjectVersionAttributes', `${bucketArn}/there`],
    ],
    (c) => c.send(new GetObjectAttributesCommand({ ...object, ...attributes, VersionId })),
  ],
  [
    'GetObjectTagging',
    [['GetObjectTagging', `${bucketArn}/there`]],
    (c) => c.send(new GetObjectTaggingCommand(object)),
  ],
  [
    'PutObjectTagging of a version',
    [['PutObjectVersionTagging', `${bucketArn}/k`]],
    async (c) => c.send(new PutObjectTaggingCommand({ Bucket, Key: 'k', Tagging, VersionId: await versionOf('k') })),
  ],
  [
    'CreateMultipartUpload',
    [['PutObject', `${bucketArn}/there`]],
    (c) => c.send(new CreateMultipartUploadCommand(object)),
  ],
  [
    'CreateMultipartUpload with tags',
    [
      ['PutObject', `${bucketArn}/there`],
      ['PutObjectTagging', `${bucketArn}/there`],
    ],
    (c) => c.send(new CreateMultipartUploadCommand({ ...object, Tagging: 'a=1' })),
  ],
  ['UploadPart', [['PutObject', `${bucketArn}/there`]], (c) => c.send(new UploadPartCommand({ ...part(), Body: 'x' }))],
  [
    'UploadPartCopy',
    [
      ['PutObject', `${bucketArn}/there`],
      ['GetObject', `${bucketArn}/there`],
    ],
    (c) => c.send(new UploadPartCopyCommand({ ...part(), CopySource: `${Bucket}/there` })),
  ],
  ['ListParts', [['ListMultipartUploadParts', `${bucketArn}/there`]], (c) => c.send(new ListPartsCommand(part()))],
  [
    'AbortMultipartUpload',
    [['AbortMultipartUpload', `${bucketArn}/there`]],
    (c) => c.send(new AbortMultipartUploadCommand(part())),
  ],
  ['DeleteObject', [['DeleteObject', `${bucketArn}/k`]], (c) => c.send(new DeleteObjectCommand({ Bucket, Key: 'k' }))],
  [
    'DeleteObject of a version',
    [['DeleteObjectVersion', `${bucketArn}/k`]],
    (c) => c.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId: 'null' })),
  ],
])('%s', (_operation, grants, send) => {
  const names = grants.map(([action]) => action);

  it(`needs ${names.join(' and ')}, and nothing else`, async () => {
    await send(clientWith(...grants));
  });

  it.each(grants)('is denied without %s, whatever else is allowed', async (missing, resource) => {
    const others = grants.filter(([action]) => action !== missing);
    const elsewhere: [string, string] = [missing, 'arn:aws:s3:::other/there'];

    await expect(send(clientWith(elsewhere, ['ListParts', '*'], ...others))).rejects.toMatchObject(
      _operation.startsWith('Head') ? { $metadata: { httpStatusCode: 403 } } : denied(missing, resource),
    );
  });
});

async function versionOf(Key: string) {
  return (await s3.client.send(new HeadObjectCommand({ Bucket, Key }))).VersionId;
}

describe('what is not there', () => {
  const missing = { Bucket, Key: 'missing' };
  const read: [string, string] = ['GetObject*', `${bucketArn}/*`];

  it('is 404 to who may list the bucket, and 403 to others', async () => {
    const [lister, reader] = [clientWith(read, ['ListBucket', bucketArn]), clientWith(read)];

    await expect(lister.send(new GetObjectCommand(missing))).rejects.toMatchObject({ name: 'NoSuchKey' });
    await expect(lister.send(new HeadObjectCommand(missing))).rejects.toMatchObject({ name: 'NotFound' });
    await expect(reader.send(new GetObjectCommand(missing))).rejects.toMatchObject(denied('ListBucket', bucketArn));
    await expect(reader.send(new HeadObjectCommand(missing))).rejects.toMatchObject({
      $metadata: { httpStatusCode: 403 },
    });
  });

  it('is hidden among versions and copy sources too', async () => {
    const client = clientWith(read, ['PutObject', `${bucketArn}/*`]);
    const version = new GetObjectCommand({ ...object, VersionId: 'f'.repeat(32) });
    const copy = new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/missing` });

    await expect(client.send(version)).rejects.toMatchObject(denied('ListBucket', bucketArn));
    await expect(client.send(copy)).rejects.toMatchObject(denied('ListBucket', bucketArn));
  });
});

describe('a copy', () => {
  const target = `${bucketArn}/copy`;
  const copy = (client: S3Client, Key: string, more: Partial<CopyObjectCommandInput> = {}) =>
    client.send(new CopyObjectCommand({ Bucket, Key: 'copy', CopySource: `${Bucket}/${Key}`, ...more }));
  const write: [string, string] = ['PutObject', target];

  it('needs to read its source and to write its target', async () => {
    const read: [string, string] = ['GetObject', `${bucketArn}/untagged`];

    await expect(copy(clientWith(write), 'untagged')).rejects.toMatchObject(denied('GetObject', read[1]));
    await expect(copy(clientWith(read), 'untagged')).rejects.toMatchObject(denied('PutObject', target));
    await copy(clientWith(read, write), 'untagged');
  });

  it('of tags needs to read and to write these, unless they are replaced', async () => {
    const [source, replaced] = [`${bucketArn}/there`, { TaggingDirective: 'REPLACE' as const }];
    const tags: [string, string][] = [
      ['GetObjectTagging', source],
      ['PutObjectTagging', target],
    ];
    const may = (...more: [string, string][]) => clientWith(['GetObject', source], write, ...more);

    await expect(copy(may(...tags.slice(1)), 'there')).rejects.toMatchObject(denied('GetObjectTagging', source));
    await expect(copy(may(...tags.slice(0, 1)), 'there')).rejects.toMatchObject(denied('PutObjectTagging', target));
    await copy(may(...tags), 'there');
    await copy(may(), 'there', replaced);
    await expect(copy(may(), 'there', { ...replaced, Tagging: 'b=2' })).rejects.toMatchObject(
      denied('PutObjectTagging', target),
    );
  });

  it('of a version needs to read that version and its tags', async () => {
    const source = `there?versionId=${VersionId}`;
    const arn = `${bucketArn}/there`;
    const all: [string, string][] = [write, ['PutObjectTagging', target], ['GetObjectVersion', arn]];

    await expect(copy(clientWith(write, ['GetObject', arn]), source)).rejects.toMatchObject(
      denied('GetObjectVersion', arn),
    );
    await expect(copy(clientWith(...all), source)).rejects.toMatchObject(denied('GetObjectVersionTagging', arn));
    await copy(clientWith(...all, ['GetObjectVersionTagging', arn]), source);
  });
});

describe('a delete of many objects', () => {
  it('deletes those that the role may delete, and names the others', async () => {
    for (const Key of ['mine/1', 'mine/2', 'yours']) await s3.client.send(new PutObjectCommand({ Bucket, Key }));
    const client = clientWith(['DeleteObject', `${bucketArn}/mine/*`]);
    const Objects = [{ Key: 'mine/1' }, { Key: 'yours' }, { Key: 'mine/2', VersionId: await versionOf('mine/2') }];

    const { Deleted, Errors } = await client.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));

    expect(Deleted).toMatchObject([{ Key: 'mine/1', DeleteMarker: true }]);
    expect(Errors).toMatchObject([
      { Key: 'yours', Code: 'AccessDenied', Message: expect.stringContaining('s3:DeleteObject on resource') },
      { Key: 'mine/2', Code: 'AccessDenied', Message: expect.stringContaining('s3:DeleteObjectVersion on resource') },
    ]);
    await versionOf('yours');
  });
});

it('asks for GetObject where a write has an If-Match', async () => {
  await s3.client.send(new PutObjectCommand({ Bucket, Key: 'matched', Body: 'x' }));
  const { ETag } = await s3.client.send(new HeadObjectCommand({ Bucket, Key: 'matched' }));
  const matched = { Bucket, Key: 'matched', IfMatch: ETag };
  const write: [string, string] = ['PutObject', `${bucketArn}/matched`];
  const [blind, seeing] = [clientWith(write), clientWith(write, ['GetObject', `${bucketArn}/matched`])];
  const overwrite = new PutObjectCommand({ ...matched, Body: 'y' });

  await expect(blind.send(overwrite)).rejects.toMatchObject(denied('GetObject', `${bucketArn}/matched`));
  await blind
    .send(new PutObjectCommand({ Bucket, Key: 'matched', Body: 'y', IfNoneMatch: '*' }))
    .catch(({ name }: Error) => expect(name).toBe('PreconditionFailed'));
  await seeing.send(overwrite);
});

it('denies before it looks anything up or changes it', async () => {
  const nobody = clientWith();

  await expect(nobody.send(new PutObjectCommand({ ...object, Body: 'other' }))).rejects.toMatchObject({
    name: 'AccessDenied',
  });
  await expect(nobody.send(new GetObjectCommand({ Bucket: 'absent', Key: 'k' }))).rejects.toMatchObject({
    name: 'AccessDenied',
  });
  const complete = new CompleteMultipartUploadCommand({ ...object, UploadId: 'none', MultipartUpload });
  await expect(nobody.send(complete)).rejects.toMatchObject({ name: 'AccessDenied' });
  const { ContentLength } = await s3.client.send(new HeadObjectCommand(object));
  expect(ContentLength).toBe(1);
});
