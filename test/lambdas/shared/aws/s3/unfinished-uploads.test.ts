import { AbortMultipartUploadCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, expect, it } from 'vitest';
import { unfinishedUploads } from '../../../../../lambdas/shared/aws/s3/unfinished-uploads.ts';
import { awsError } from '../../../../support/aws-error.ts';

const client = new S3Client({ region: 'us-east-1' });
const s3 = mockClient(client);
const uploads = unfinishedUploads(client, 'media');
const Initiated = new Date(0);

beforeEach(() => {
  s3.reset();
});

it('lists the uploads of all pages from a key on', async () => {
  s3.on(ListMultipartUploadsCommand)
    .resolvesOnce({
      ...{ IsTruncated: true, NextKeyMarker: 'p/a', NextUploadIdMarker: '1' },
      Uploads: [{ Key: 'p/a', UploadId: '1', Initiated }],
    })
    .resolvesOnce({ Uploads: [{ Key: 'p/a', UploadId: '2', Initiated }] });

  const listed: string[] = [];
  for await (const { uploadId } of uploads.listUploads('p/', 'p/0')) listed.push(uploadId);

  expect(listed).toEqual(['1', '2']);
  expect(s3.commandCalls(ListMultipartUploadsCommand).map(({ args }) => args[0].input)).toEqual([
    { Bucket: 'media', Prefix: 'p/', KeyMarker: 'p/0' },
    { Bucket: 'media', Prefix: 'p/', KeyMarker: 'p/a', UploadIdMarker: '1' },
  ]);
});

it('aborts an upload, and takes one that has ended for aborted', async () => {
  s3.on(AbortMultipartUploadCommand).rejects(awsError('NoSuchUpload', 404));

  await uploads.abortUpload({ key: 'a', uploadId: '1' });

  const { input } = s3.commandCalls(AbortMultipartUploadCommand)[0]?.args[0] ?? {};
  expect(input).toEqual({ Bucket: 'media', Key: 'a', UploadId: '1' });
});

it('fails with any other reason', async () => {
  s3.on(AbortMultipartUploadCommand).rejects(awsError('AccessDenied', 403, 'No.'));

  await expect(uploads.abortUpload({ key: 'a', uploadId: '1' })).rejects.toMatchObject({ name: 'AccessDenied' });
});
