import {
  AbortMultipartUploadCommand,
  ListMultipartUploadsCommand,
  type ListMultipartUploadsCommandOutput,
  type S3Client,
} from '@aws-sdk/client-s3';

/** A multipart upload that is neither completed nor aborted: its parts cost, and no object listing shows them. */
export interface UnfinishedUpload {
  key: string;
  uploadId: string;
  initiated: Date;
}

/** Lists and aborts the unfinished uploads of one bucket. */
export type UnfinishedUploads = ReturnType<typeof unfinishedUploads>;

/** The unfinished uploads of one bucket, through an S3 client. */
export function unfinishedUploads(s3: S3Client, bucket: string) {
  return {
    /** Yields the uploads under a prefix, in S3's order, after `startAfter`. */
    async *listUploads(prefix: string, startAfter?: string): AsyncGenerator<UnfinishedUpload> {
      let marker: { KeyMarker?: string; UploadIdMarker?: string } | undefined = { KeyMarker: startAfter };
      while (marker !== undefined) {
        const page: ListMultipartUploadsCommandOutput = await s3.send(
          new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix, ...marker }),
        );
        for (const { Key, UploadId, Initiated } of page.Uploads ?? []) {
          if (Key && UploadId && Initiated) yield { key: Key, uploadId: UploadId, initiated: Initiated };
        }
        const { NextKeyMarker: KeyMarker, NextUploadIdMarker: UploadIdMarker } = page;
        marker = page.IsTruncated ? { KeyMarker, UploadIdMarker } : undefined;
      }
    },

    /** Aborts an upload. An upload that has ended is no error. */
    async abortUpload({ key, uploadId }: Pick<UnfinishedUpload, 'key' | 'uploadId'>): Promise<void> {
      try {
        await s3.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key: key, UploadId: uploadId }));
      } catch (error) {
        if (!(error instanceof Error && error.name === 'NoSuchUpload')) throw error;
      }
    },
  };
}
