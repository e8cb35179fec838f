import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Clock } from '../clock.ts';
import { type Body, openBodyFiles } from './body-files.ts';
import type { Checksum } from './checksums.ts';
import { refuse } from './errors.ts';

/** One version of an object, or a delete marker; also a bucket, a multipart upload, a part. */
export interface StoredObject {
  /** Grows with every change. */
  id: number;
  key: string;
  versioned: boolean;
  isMarker: boolean;
  size: number;
  etag: string;
  modified: number;
  /** The headers that were sent with it and are returned with it; a bucket's settings. */
  properties: Record<string, string>;
  tags: Record<string, string>;
  checksum?: Checksum;
  /** Sizes in bytes of the parts that it was uploaded in. */
  parts?: number[];
}

/** A new object; what is missing is empty. */
export type NewObject = Partial<Omit<StoredObject, 'id'>> & { body?: Body };

export interface StoreOptions {
  /** Nothing is read or written outside it. */
  dataFolder: string;
  clock: Clock;
  /** The requester in events. Default: 000000000000. */
  accountId?: string;
  /** Called once for each complete object, in a bucket that notifies EventBridge. */
  onObjectCreated?: (detail: ObjectCreated) => void;
}

/** The operation that made an object. */
export type CreatedBy = 'PutObject' | 'CopyObject' | 'CompleteMultipartUpload';

/** The `detail` of an `Object Created` event: https://docs.aws.amazon.com/AmazonS3/latest/userguide/ev-events.html */
export type ObjectCreated = ReturnType<typeof objectCreated>;
function objectCreated(bucket: string, object: StoredObject, reason: CreatedBy, requester: string, sourceIp: string) {
  const { id, key, size, etag } = object;
  const sequencer = id.toString(16).padStart(18, '0').toUpperCase();
  return {
    version: '0',
    'event-version': '1.0',
    bucket: { name: bucket },
    object: { key, size, etag, ...versionHeader(object, 'version-id'), sequencer },
    'request-id': randomBytes(8).toString('hex').toUpperCase(),
    requester,
    'source-ip-address': sourceIp,
    reason,
  };
}

export type Store = ReturnType<typeof openStore>;

/** A version as S3 names it, or the ID of a multipart upload. */
export const versionIdOf = ({ versioned, id }: StoredObject) =>
  versioned ? id.toString(16).padStart(32, '0') : 'null';

/** The header that names the version of an object that has one. */
export const versionHeader = (object: StoredObject, name = 'x-amz-version-id') => ({
  [name]: object.versioned ? versionIdOf(object) : undefined,
});

/**
 * Everything this S3 remembers is an object in a space. A space is a bucket, or a hidden one: the buckets are in '', a
 * bucket's multipart uploads in `bucket/uploads`, an upload's parts in `bucket/uploads/ID`.
 */
export function openStore({ dataFolder, clock, accountId = '000000000000', onObjectCreated }: StoreOptions) {
  const { receive, ...files } = openBodyFiles(dataFolder);
  const db = new DatabaseSync(join(dataFolder, 's3', 'index.sqlite'));
  // A killed process loses nothing; a power failure may, which is acceptable here. One process has the folder.
  db.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;
    CREATE TABLE IF NOT EXISTS objects
      (id INTEGER PRIMARY KEY AUTOINCREMENT, space TEXT, key BLOB, versioned INTEGER, content TEXT) STRICT;
    CREATE UNIQUE INDEX IF NOT EXISTS objects_by_key ON objects (space, key, id DESC);
    CREATE UNIQUE INDEX IF NOT EXISTS unversioned ON objects (space, key) WHERE versioned = 0;`);
  // Keys are bytes: they sort as S3 sorts them.
  const range = db.prepare(`SELECT id, content FROM objects
    WHERE space = ? AND key >= ? AND key < ? AND (key > ? OR id < ?) ORDER BY key, id DESC`);
  const insert = db.prepare('INSERT OR REPLACE INTO objects VALUES (?, ?, ?, ?, ?)');
  const replace = db.prepare('UPDATE objects SET content = ? WHERE id = ?');
  const erase = db.prepare('DELETE FROM objects WHERE id = ?');
  let lastId = Number(db.prepare('SELECT seq FROM sqlite_sequence').get()?.seq ?? 0);

  /** Versions from `from` on and before `to`, the newest of a key first; of `from` itself those before `belowId`. */
  function* scan(space: string, from: Buffer, belowId: number, to: Buffer): Generator<StoredObject> {
    for (const { id, content } of range.iterate(space, from, to, from, belowId))
      yield { ...JSON.parse(String(content)), id: Number(id) };
  }

  /** The current version, the one without a version ID (`null`), or the one with it; it may be a delete marker. */
  function find(space: string, key: string, versionId?: string): StoredObject | undefined {
    for (const object of scan(space, Buffer.from(key), Number.MAX_SAFE_INTEGER, Buffer.from(`${key}\0`)))
      if (versionId === undefined || versionId === versionIdOf(object)) return object;
  }

  return {
    /** Sends the event of a complete object. */
    announce: (bucket: string, object: StoredObject, reason: CreatedBy, sourceIp = '') =>
      onObjectCreated?.(objectCreated(bucket, object, reason, accountId, sourceIp)),
    receive,
    find,
    scan,
    /** Every version in a space. */
    all: (space: string) => scan(space, Buffer.alloc(0), Number.MAX_SAFE_INTEGER, Buffer.of(0xff)),
    read: (object: StoredObject, start?: number, end?: number) => files.read(object.id, object.size, start, end),
    /** Adds a version; one without a version ID replaces the one before. */
    put(space: string, key: string, { body, ...given }: NewObject): StoredObject {
      const blank = { versioned: false, isMarker: false, etag: '', properties: {}, tags: {} };
      const modified = Math.floor(clock.now() / 1000) * 1000; // S3 knows only whole seconds.
      const content = { ...blank, key, size: body?.size ?? 0, modified, ...given };
      const replaced = content.versioned ? undefined : find(space, key, 'null');
      lastId += 1;
      const object = { ...content, id: lastId };
      if (body) files.keep(body, object.id);
      insert.run(object.id, space, Buffer.from(key), Number(content.versioned), JSON.stringify(content));
      if (replaced) files.remove(replaced.id);
      return object;
    },
    /** Changes an object's tags or a bucket's settings, not the bytes. */
    update: ({ id, ...content }: StoredObject) => replace.run(JSON.stringify(content), id),
    /** Removes one version for good. */
    remove({ id }: StoredObject) {
      erase.run(id);
      files.remove(id);
    },
    /** @throws NoSuchBucket */
    bucket: (name: string): StoredObject =>
      find('', name) ?? refuse('NoSuchBucket', `The bucket "${name}" does not exist: create it first.`, 404),
    close: () => db.close(),
  };
}
