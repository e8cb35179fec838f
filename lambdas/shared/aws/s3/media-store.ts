import {
  CopyObjectCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  NoSuchKey,
  NotFound,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { Throttled } from '../../domain/errors/errors.ts';
import { maxKeysPerDelete } from '../../domain/limits.ts';
import type {
  ByteRange,
  CopySource,
  MediaStore,
  ObjectHead,
  Piece,
  StoredObject,
} from '../../domain/ports/media-store.ts';
import { readLineBatches, readLines } from '../../text/lines.ts';
import { inParts, type Lines } from '../../text/upload-parts.ts';
import { concatenate } from './concatenate.ts';
import { copySourceOf, uploadParts } from './multipart-upload.ts';
import { objectPieces } from './object-pieces.ts';

/** One bucket, through an S3 client. */
export function mediaStore(s3: S3Client, bucket: string): MediaStore {
  return {
    bucket,

    async *listObjects(prefix: string, startAfter?: string): AsyncGenerator<StoredObject> {
      const pages = paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix, StartAfter: startAfter });
      for await (const page of pages) {
        for (const object of page.Contents ?? []) {
          const { Key, Size = 0, ETag = '', LastModified = new Date(0), StorageClass } = object;
          if (Key === undefined) continue;
          const storageClass = StorageClass === 'STANDARD' ? undefined : StorageClass;
          yield { key: Key, bytes: Size, etag: unquoted(ETag), lastModified: LastModified, storageClass };
        }
      }
    },

    async headObject(key: string): Promise<ObjectHead | undefined> {
      try {
        const head = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }));
        return {
          bytes: head.ContentLength ?? 0,
          etag: unquoted(head.ETag ?? ''),
          storageClass: head.StorageClass,
          metadata: head.Metadata ?? {},
        };
      } catch (error) {
        if (error instanceof NotFound) return undefined;
        throw error;
      }
    },

    async readJson(key: string): Promise<unknown> {
      try {
        const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        return JSON.parse((await object.Body?.transformToString()) ?? '');
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },

    async readText(key: string, etag: string): Promise<{ text: string } | 'changed' | 'gone'> {
      try {
        const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: `"${etag}"` }));
        return { text: (await object.Body?.transformToString()) ?? '' };
      } catch (error) {
        if (error instanceof NoSuchKey) return 'gone';
        if (error instanceof Error && error.name === 'PreconditionFailed') return 'changed';
        throw error;
      }
    },

    async writeText(key: string, text: string): Promise<void> {
      await s3.send(
        new PutObjectCommand({ Bucket: bucket, Key: key, Body: text, ContentType: 'text/plain; charset=utf-8' }),
      );
    },

    async writeJson(key: string, value: unknown): Promise<void> {
      const body = `${JSON.stringify(value, null, 2)}\n`;
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: 'application/json' }));
    },

    async createJson(key: string, value: unknown): Promise<boolean> {
      const body = { Body: `${JSON.stringify(value, null, 2)}\n`, ContentType: 'application/json' };
      try {
        await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, ...body, IfNoneMatch: '*' }));
        return true;
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        if (error.name === 'PreconditionFailed') return false;
        // Another writer is writing: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
        if (error.name === 'ConditionalRequestConflict') throw new Throttled(error.message, { cause: error });
        throw error;
      }
    },

    readLines: (key: string, range?: ByteRange): AsyncGenerator<string> =>
      readLines(objectPieces(s3, bucket, key, range)),

    readLineBatches: (key: string, range?: ByteRange): AsyncGenerator<string[]> =>
      readLineBatches(objectPieces(s3, bucket, key, range)),

    readPieces: (key: string): AsyncGenerator<Uint8Array> => objectPieces(s3, bucket, key),

    async writeLines(key: string, lines: Lines): Promise<void> {
      await writeParts(key, inParts(lines));
    },

    writeParts,

    concatenate: (key: string, pieces: Iterable<Piece> | AsyncIterable<Piece>, contentType: string): Promise<void> =>
      concatenate(s3, { bucket, key, pieces, contentType }),

    async copyHere(
      source: CopySource,
      key: string,
      contentType: string,
      metadata?: Record<string, string>,
    ): Promise<'copied' | 'changed' | 'gone'> {
      const { bucket: from, key: sourceKey, etag } = source;
      try {
        await s3.send(
          new CopyObjectCommand({
            Bucket: bucket,
            Key: key,
            CopySource: copySourceOf(from, sourceKey),
            CopySourceIfMatch: `"${etag}"`,
            // REPLACE for both: the uploader may have stated a wrong type, and copying tags needs more permissions.
            MetadataDirective: 'REPLACE',
            TaggingDirective: 'REPLACE',
            ContentType: contentType,
            Metadata: metadata,
          }),
        );
        return 'copied';
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        if (error.name === 'PreconditionFailed') return 'changed';
        if (error.name === 'NoSuchKey' || error.name === 'NotFound') return 'gone';
        throw error;
      }
    },

    async deleteObject(key: string): Promise<void> {
      await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    },

    async deleteObjects(keys: readonly string[]): Promise<{ key: string; reason: string }[]> {
      const failures: { key: string; reason: string }[] = [];
      for (let at = 0; at < keys.length; at += maxKeysPerDelete) {
        const objects = keys.slice(at, at + maxKeysPerDelete).map((key) => ({ Key: key }));
        const answer = await s3.send(
          new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: objects, Quiet: true } }),
        );
        for (const error of answer.Errors ?? []) {
          failures.push({ key: error.Key ?? '', reason: error.Message ?? error.Code ?? 'unknown' });
        }
      }
      return failures;
    },
  };

  async function writeParts(
    key: string,
    parts: AsyncGenerator<Uint8Array>,
    metadata?: Record<string, string>,
  ): Promise<void> {
    const target = { Bucket: bucket, Key: key, ContentType: 'application/x-ndjson', Metadata: metadata };
    await uploadParts(s3, target, parts);
  }
}

function unquoted(etag: string): string {
  return etag.replace(/^"|"$/g, '');
}
