import { createHash } from 'node:crypto';
import type { MediaStore, StoredObject } from '../../lambdas/shared/domain/ports/media-store.ts';
import { inBatches } from '../../lambdas/shared/text/batches.ts';
import { inParts } from '../../lambdas/shared/text/upload-parts.ts';
import { awsError } from './aws-error.ts';

/** An object as a test puts it there; what is absent does not matter to the test. */
export interface GivenObject {
  text?: string;
  /** In place of the text's length, so that a gigabyte needs none. */
  bytes?: number;
  storageClass?: string;
  contentType?: string;
  metadata?: Record<string, string>;
  lastModified?: Date;
}

interface HeldObject extends StoredObject {
  text: string;
  contentType?: string;
  metadata: Record<string, string>;
}

/** A bucket in memory with the verbs of the media store, and a look at what was done to it. */
export type MemoryStore = ReturnType<typeof memoryStore>;

/** Where a copy's source lies. */
export interface CopyableStore {
  textOf(key: string): { text: string; bytes: number; etag: string } | undefined;
}

interface MemoryStoreOptions {
  bucket?: string;
  now?: () => number;
  /** The bucket of a copy's source, where that may be another. */
  bucketOf?: (name: string) => CopyableStore;
}

/** An empty bucket; `now` dates what is written. */
export function memoryStore(options: MemoryStoreOptions = {}) {
  const { bucket = 'media-bucket', now = () => 0, bucketOf = () => ({ textOf }) } = options;
  const objects = new Map<string, HeldObject>();
  const written: string[] = [];
  const deleted: string[] = [];
  const deleteRequests: number[] = [];
  const refusedDeletes = new Map<string, string>();

  function put(key: string, given: GivenObject = {}): void {
    const { text = '', bytes = Buffer.byteLength(text), metadata = {}, contentType, storageClass } = given;
    const etag = createHash('md5').update(`${text}${bytes}`).digest('hex');
    const lastModified = given.lastModified ?? new Date(now());
    objects.set(key, { key, text, bytes, etag, lastModified, storageClass, contentType, metadata });
  }

  function held(key: string): HeldObject {
    const object = objects.get(key);
    if (object === undefined) throw awsError('NoSuchKey', 404, `The key ${key} does not exist.`);
    return object;
  }

  function linesIn(text: string): string[] {
    return text.split('\n').filter((line) => line !== '');
  }

  const textOf: CopyableStore['textOf'] = (key) => objects.get(key);

  const verbs: MediaStore = {
    bucket,
    async *listObjects(prefix, startAfter = '') {
      for (const key of [...objects.keys()].sort()) {
        const object = objects.get(key);
        if (object === undefined || !key.startsWith(prefix) || key <= startAfter) continue;
        const { text: _text, metadata: _metadata, contentType: _contentType, ...listed } = object;
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
    async readText(key, etag) {
      const object = objects.get(key);
      if (object === undefined) return 'gone';
      return object.etag === etag ? { text: object.text } : 'changed';
    },
    async writeText(key, text) {
      put(key, { text, contentType: 'text/plain; charset=utf-8' });
      written.push(key);
    },
    async writeJson(key, value) {
      put(key, { text: `${JSON.stringify(value, null, 2)}\n` });
      written.push(key);
    },
    async createJson(key, value) {
      if (objects.has(key)) return false;
      await verbs.writeJson(key, value);
      return true;
    },
    async *readLines(key, range) {
      const bytes = Buffer.from(held(key).text);
      const piece = range ? bytes.subarray(range.offset, range.offset + range.bytes) : bytes;
      yield* linesIn(piece.toString('utf8'));
    },
    async *readLineBatches(key, range) {
      // Small ones, so that tests meet what begins and ends inside of them.
      yield* inBatches(verbs.readLines(key, range), 3);
    },
    async *readPieces(key) {
      yield Buffer.from(held(key).text);
    },
    async writeLines(key, lines) {
      await verbs.writeParts(key, inParts(lines));
    },
    async writeParts(key, parts, metadata) {
      const all: Uint8Array[] = [];
      for await (const part of parts) all.push(part);
      put(key, { text: Buffer.concat(all).toString(), metadata });
      written.push(key);
    },
    async concatenate(key, pieces, contentType) {
      const texts: string[] = [];
      for await (const piece of pieces) {
        if ('text' in piece) texts.push(piece.text);
        else if ('lines' in piece) for await (const line of piece.lines) texts.push(`${line}\n`);
        else texts.push(held(piece.key).text);
      }
      put(key, { text: texts.join(''), contentType });
      written.push(key);
    },
    async copyHere(source, key, contentType, metadata) {
      const original = bucketOf(source.bucket).textOf(source.key);
      if (original === undefined) return 'gone';
      if (original.etag !== source.etag) return 'changed';
      const { text, bytes } = original;
      put(key, { text, bytes, contentType, metadata });
      written.push(key);
      return 'copied';
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
    textOf,
    metadataOf: (key: string) => held(key).metadata,
    contentTypeOf: (key: string) => held(key).contentType,
    linesOf: (key: string) => linesIn(held(key).text),
    jsonLinesOf: (key: string): unknown[] => linesIn(held(key).text).map((line) => JSON.parse(line)),
    jsonOf: (key: string): unknown => JSON.parse(held(key).text),
    /** Keys in the order in which they were written or removed; keys per DeleteObjects. */
    written,
    deleted,
    deleteRequests,
    /** Keys that S3 will not remove, with its reason. */
    refusedDeletes,
  };
}
