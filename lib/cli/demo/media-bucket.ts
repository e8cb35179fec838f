import { createReadStream } from 'node:fs';
import type { S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import pMap from 'p-map';
import { removeObjects } from '../aws/remove-objects.ts';
import type { MediaFile } from './media-folder.ts';

const uploadsAtOnce = 8;

/** Removes every object of a bucket, so that a demo begins as the first one did. */
export async function emptyBucket(s3: S3Client, bucket: string, signal: AbortSignal): Promise<void> {
  const { failures } = await removeObjects(s3, { bucket, prefix: '', beforeMs: Number.POSITIVE_INFINITY }, signal);
  const [failed] = failures;
  if (failed) throw new Error(`${failed.key} in ${bucket} could not be removed: ${failed.reason}`);
}

/** Uploads media under their keys; an abort stops it before the next file. */
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
