import { GetObjectCommand, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { isTransient } from '../../domain/errors/errors.ts';
import type { ByteRange } from '../../domain/ports/media-store.ts';

/** Returns bytes of an object as it was listed; undefined if it is gone, replaced or not readable. */
export type ReadRange = (object: { key: string; etag: string }, range: ByteRange) => Promise<Uint8Array | undefined>;

/** Reads ranges of a bucket's objects, each with one request. */
export function rangeReader(s3: S3Client, bucket: string): ReadRange {
  return async ({ key, etag }, { offset, bytes }) => {
    const Range = `bytes=${offset}-${offset + bytes - 1}`;
    try {
      const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: `"${etag}"`, Range }));
      return await Body?.transformToByteArray();
    } catch (error) {
      // It is missing, replaced, archived, denied, or its key is disabled.
      if (error instanceof S3ServiceException && error.$fault === 'client' && !isTransient(error)) return undefined;
      throw error;
    }
  };
}
