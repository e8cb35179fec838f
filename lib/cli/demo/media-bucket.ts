import { createReadStream } from 'node:fs';
import { DeleteObjectsCommand, paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import pMap from 'p-map';
import type { MediaFile } from './media-folder.ts';

const uploadsAtOnce = 8;

/** Removes every object of a bucket, so that a demo begins as the first one did. */
export async function emptyBucket(s3: S3Client, bucket: string): Promise<void> {
  for await (const page of paginateListObjectsV2({ client: s3 }, { Bucket: bucket })) {
    const objects = (page.Contents ?? []).flatMap(({ Key }) => (Key === undefined ? [] : [{ Key }]));
    if (objects.length === 0) continue;
    const { Errors = [] } = await s3.send(
      new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: objects, Quiet: true } }),
    );
    const [failed] = Errors;
    if (failed) throw new Error(`${failed.Key} in ${bucket} could not be removed: ${failed.Code} ${failed.Message}`);
  }
}

/** Uploads media under their keys. An abort ends it between two of them. */
export async function uploadMedia(
  s3: S3Client,
  bucket: string,
  media: readonly MediaFile[],
  signal: AbortSignal,
): Promise<void> {
  await pMap(
    media,
    async ({ path, key, contentType }) => {
      const Body = createReadStream(path);
      await new Upload({ client: s3, params: { Bucket: bucket, Key: key, Body, ContentType: contentType } }).done();
    },
    { concurrency: uploadsAtOnce, signal },
  );
}
