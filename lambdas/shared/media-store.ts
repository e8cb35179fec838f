import { Readable } from 'node:stream';
import {
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
import { Upload } from '@aws-sdk/lib-storage';
import { readLines } from './lines.ts';

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

    /** Writes a value as JSON; the same value gives the same bytes, so that a repeat changes nothing. */
    async writeJson(key: string, value: unknown): Promise<void> {
      const body = `${JSON.stringify(value, null, 2)}\n`;
      await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: 'application/json' }));
    },

    /** The lines of an object, streamed. */
    async *readLines(key: string): AsyncGenerator<string> {
      const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      if (!(object.Body instanceof Readable)) throw new TypeError(`Object ${key} came without a stream of its lines.`);
      yield* readLines(object.Body);
    },

    /**
     * Streams lines into an object, in parts. The object appears only when the last line was given: whatever `lines` throws
     * leaves none.
     */
    async writeLines(key: string, lines: AsyncIterable<string>, metadata?: Record<string, string>): Promise<void> {
      const body = Readable.from(inChunks(lines), { objectMode: false });
      const params = { Bucket: bucket, Key: key, Body: body, Metadata: metadata, ContentType: 'application/x-ndjson' };
      await new Upload({ client: s3, params, partSize: uploadPartBytes, queueSize: 3 }).done();
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
}

/** S3 takes 10,000 parts of an upload, so 8 MiB reach 80 GB, far past a JSONL's gigabyte. */
const uploadPartBytes = 8 * 1024 * 1024;

/** One buffer per 64 KiB: a stream chunk per line would cost more than the upload itself. */
const chunkChars = 64 * 1024;

async function* inChunks(lines: AsyncIterable<string>): AsyncGenerator<Buffer> {
  let pending = '';
  for await (const line of lines) {
    pending += `${line}\n`;
    if (pending.length >= chunkChars) {
      yield Buffer.from(pending);
      pending = '';
    }
  }
  if (pending !== '') yield Buffer.from(pending);
}

function unquoted(etag: string): string {
  return etag.replace(/^"|"$/g, '');
}
