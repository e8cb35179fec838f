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
import { readLineBatches, readLines } from '../../text/lines.ts';
import { inParts, type Lines } from '../../text/upload-parts.ts';
import { concatenate, type Piece } from './concatenate.ts';
import { copySourceOf } from './copy-source.ts';
import { uploadParts } from './multipart-upload.ts';
import { type ByteRange, objectPieces } from './object-pieces.ts';

/** An object of the bucket, as a listing shows it. */
export interface StoredObject {
  key: string;
  bytes: number;
  etag: string;
  lastModified: Date;
  /** Absent for STANDARD. */
  storageClass?: string;
}

/** An object as HeadObject shows it. */
export interface ObjectHead {
  bytes: number;
  etag: string;
  storageClass?: string;
  metadata: Readonly<Record<string, string>>;
}

/** What is copied, as the plan saw it. */
export interface CopySource {
  bucket: string;
  key: string;
  etag: string;
}

/** Keys that one DeleteObjects takes: https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html */
const maxKeysPerDelete = 1000;

/** The verbs that the steps use on one bucket. */
export type MediaStore = ReturnType<typeof mediaStore>;

/** One bucket, through an S3 client. */
export function mediaStore(s3: S3Client, bucket: string) {
  return {
    bucket,

    /** Every object under a prefix, all pages, in S3's order. `startAfter` resumes behind a key. */
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

    /** What S3 knows of an object, or undefined where there is none. */
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

    /** An object's JSON, or undefined where there is no such object. */
    async readJson(key: string): Promise<unknown> {
      try {
        const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
        return JSON.parse((await object.Body?.transformToString()) ?? '');
      } catch (error) {
        if (error instanceof NoSuchKey) return undefined;
        throw error;
      }
    },

    /** The text of an object that still has this ETag; `changed` where it is another one by now, `gone` where there is none. */
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

    /** Writes a text for people. */
    async writeText(key: string, text: string): Promise<void> {
      await s3.send(
        new PutObjectCommand({ Bucket: bucket, Key: key, Body: text, ContentType: 'text/plain; charset=utf-8' }),
      );
    },

    /** Writes a value as JSON; the same value gives the same bytes, so that a repeat changes nothing. */
    async writeJson(key: string, value: unknown): Promise<void> {
      const body = `${JSON.stringify(value, null, 2)}\n`;
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: 'application/json' }));
    },

    /** Writes a value as JSON unless the key is taken already; false where it is. Of several writers one wins. */
    async createJson(key: string, value: unknown): Promise<boolean> {
      const body = { Body: `${JSON.stringify(value, null, 2)}\n`, ContentType: 'application/json' };
      try {
        await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, ...body, IfNoneMatch: '*' }));
        return true;
      } catch (error) {
        if (!(error instanceof Error)) throw error;
        if (error.name === 'PreconditionFailed') return false;
        // Another writer is at work: https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes.html
        if (error.name === 'ConditionalRequestConflict') throw new Throttled(error.message, { cause: error });
        throw error;
      }
    },

    /**
     * The lines of an object; of a piece of it where a range is given, which begins and ends with whole lines. No request is open
     * while a line is worked on.
     */
    readLines: (key: string, range?: ByteRange): AsyncGenerator<string> =>
      readLines(objectPieces(s3, bucket, key, range)),

    /** The same lines many at a time, for whoever has 100,000 of them. */
    readLineBatches: (key: string, range?: ByteRange): AsyncGenerator<string[]> =>
      readLineBatches(objectPieces(s3, bucket, key, range)),

    /** The bytes of an object as they lie there, in pieces; no request is open while one is worked on. */
    readPieces: (key: string): AsyncGenerator<Uint8Array> => objectPieces(s3, bucket, key),

    /**
     * Streams lines into an object, in parts. The object appears only when the last line was given: whatever `lines` throws
     * leaves none.
     */
    async writeLines(key: string, lines: Lines): Promise<void> {
      await writeParts(key, inParts(lines));
    },

    /** The same with lines that are bytes already, each with its `\n`, in the parts of the upload. */
    writeParts,

    /** Puts objects of this bucket and texts together to one object, in their order. */
    concatenate: (key: string, pieces: Iterable<Piece> | AsyncIterable<Piece>, contentType: string): Promise<void> =>
      concatenate(s3, { bucket, key, pieces, contentType }),

    /**
     * Copies an object of another or the same bucket here, on the server, as it was planned: same ETag, right type, without
     * tags. `changed` where the source is another one by now, `gone` where there is none.
     */
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

    /** Removes an object; one that is gone already is no error. */
    async deleteObject(key: string): Promise<void> {
      await s3.send(new DeleteObjectCommand({ Bucket: bucket, Key: key }));
    },

    /** Removes many objects, 1,000 a request, and says which could not be removed and why. */
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
