import { createHash } from 'node:crypto';
import type { MediaStore, StoredObject } from '../../lambdas/shared/media-store.ts';
import { awsError } from './aws-error.ts';

/** An object as a test puts it there; what is absent does not matter to the test. */
export interface GivenObject {
  text?: string;
  /** In place of the text's length, so that a gigabyte needs none. */
  bytes?: number;
  storageClass?: string;
  metadata?: Record<string, string>;
  lastModified?: Date;
}

interface HeldObject extends StoredObject {
  text: string;
  metadata: Record<string, string>;
}

/** A bucket in memory with the verbs of the media store, and a look at what was done to it. */
export type MemoryStore = ReturnType<typeof memoryStore>;

/** An empty bucket; `now` dates what is written. */
export function memoryStore(options: { bucket?: string; now?: () => number } = {}) {
  const { bucket = 'media-bucket', now = () => 0 } = options;
  const objects = new Map<string, HeldObject>();
  const written: string[] = [];
  const deleted: string[] = [];
  const deleteRequests: number[] = [];
  const refusedDeletes = new Map<string, string>();

  function put(key: string, given: GivenObject = {}): void {
    const { text = '', bytes = Buffer.byteLength(text), metadata = {}, storageClass } = given;
    const etag = createHash('md5').update(`${text}${bytes}`).digest('hex');
    const lastModified = given.lastModified ?? new Date(now());
    objects.set(key, { key, text, bytes, etag, lastModified, storageClass, metadata });
  }

  function held(key: string): HeldObject {
    const object = objects.get(key);
    if (object === undefined) throw awsError('NoSuchKey', 404, `The key ${key} does not exist.`);
    return object;
  }

  function linesOf(key: string): string[] {
    return held(key)
      .text.split('\n')
      .filter((line) => line !== '');
  }

  const verbs: MediaStore = {
    bucket,
    async *listObjects(prefix, startAfter = '') {
      for (const key of [...objects.keys()].sort()) {
        const object = objects.get(key);
        if (object === undefined || !key.startsWith(prefix) || key <= startAfter) continue;
        const { text: _text, metadata: _metadata, ...listed } = object;
        yield listed;
      }
    },
    async headObject(key) {
      const object = objects.get(key);
      if (object === undefined) return undefined;
      const { bytes, etag, storageClass, metadata } = object;
      return { bytes, etag, storageClass, metadata };
    },
    async readJson(key) {
      const object = objects.get(key);
      return object === undefined ? undefined : JSON.parse(object.text);
    },
    async writeJson(key, value) {
      put(key, { text: `${JSON.stringify(value, null, 2)}\n` });
      written.push(key);
    },
    async *readLines(key) {
      yield* linesOf(key);
    },
    async writeLines(key, lines, metadata) {
      const all: string[] = [];
      for await (const line of lines) all.push(`${line}\n`);
      put(key, { text: all.join(''), metadata });
      written.push(key);
    },
    async deleteObject(key) {
      objects.delete(key);
      deleted.push(key);
    },
    async deleteObjects(keys) {
      deleteRequests.push(keys.length);
      const failures = keys.flatMap((key) => {
        const reason = refusedDeletes.get(key);
        return reason === undefined ? [] : [{ key, reason }];
      });
      for (const key of keys) {
        if (refusedDeletes.has(key)) continue;
        objects.delete(key);
        deleted.push(key);
      }
      return failures;
    },
  };
  return {
    ...verbs,
    put,
    has: (key: string) => objects.has(key),
    keys: () => [...objects.keys()].sort(),
    metadataOf: (key: string) => held(key).metadata,
    linesOf,
    jsonLinesOf: (key: string): unknown[] => linesOf(key).map((line) => JSON.parse(line)),
    jsonOf: (key: string): unknown => JSON.parse(held(key).text),
    /** Keys in the order in which they were written or removed; keys per DeleteObjects. */
    written,
    deleted,
    deleteRequests,
    /** Keys that S3 will not remove, with its reason. */
    refusedDeletes,
  };
}
