import { join } from 'node:path';
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite';
import type { Clock } from '../clock.ts';
import { type Body, openBodyFiles } from './body-files.ts';
import type { Checksum } from './checksums.ts';
import { refuse } from './operation.ts';

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
  /** The headers that came with it and go back with it; a bucket's settings. */
  properties: Record<string, string>;
  tags: Record<string, string>;
  checksum?: Checksum;
  /** Sizes in bytes of the parts that it was uploaded in. */
  parts?: number[];
}

/** What is known of an object before it is stored; the rest is empty. */
export type NewObject = Partial<Omit<StoredObject, 'id'>> & { body?: Body };

/** A new object in a bucket that tells EventBridge. */
export interface ObjectCreated {
  bucket: string;
  key: string;
  size: number;
  etag: string;
  versionId?: string;
  /** Hexadecimal text that grows with every change. */
  sequencer: string;
  reason: 'PutObject' | 'CopyObject' | 'CompleteMultipartUpload';
}

export interface StoreOptions {
  /** Nothing is read or written outside it. */
  dataFolder: string;
  clock: Clock;
  /** Called once for each object that is complete. */
  onObjectCreated?: (event: ObjectCreated) => void;
}

export type Store = ReturnType<typeof openStore>;

/** A version as S3 names it, or the ID of a multipart upload. */
export const versionIdOf = ({ versioned, id }: StoredObject) =>
  versioned ? id.toString(16).padStart(32, '0') : 'null';

/**
 * Everything this S3 remembers is an object in a space. A space is a bucket, or a hidden one: the buckets are in '', a
 * bucket's multipart uploads in `bucket/uploads`, an upload's parts in `bucket/uploads/ID`.
 */
export function openStore({ dataFolder, clock, onObjectCreated = () => {} }: StoreOptions) {
  const { receive, ...files } = openBodyFiles(dataFolder);
  const db = new DatabaseSync(join(dataFolder, 's3-store', 'index.sqlite'));
  // A killed process loses nothing; a power cut may, which a simulator can live with. One process has the folder.
  db.exec(`PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;
    CREATE TABLE IF NOT EXISTS objects
      (id INTEGER PRIMARY KEY AUTOINCREMENT, space TEXT, key BLOB, versioned INTEGER, content TEXT) STRICT;
    CREATE UNIQUE INDEX IF NOT EXISTS objects_by_key ON objects (space, key, id DESC);`);
  const select = 'SELECT id, content FROM objects WHERE space = ? AND key';
  const current = db.prepare(`${select} = ? ORDER BY id DESC LIMIT 1`);
  const unversioned = db.prepare(`${select} = ? AND versioned = 0`);
  const version = db.prepare(`${select} = ? AND versioned = 1 AND id = ?`);
  // Keys are bytes: they sort as S3 sorts them.
  const range = db.prepare(`${select} >= ? AND key < ? AND (key > ? OR id < ?) ORDER BY key, id DESC`);
  const insert = db.prepare('INSERT INTO objects VALUES (NULL, ?, ?, ?, ?)');
  const replace = db.prepare('UPDATE objects SET content = ? WHERE id = ?');
  const erase = db.prepare('DELETE FROM objects WHERE id = ?');
  const [begin, end, undo] = [db.prepare('BEGIN'), db.prepare('COMMIT'), db.prepare('ROLLBACK')];

  const read = ({ id, content }: Record<string, SQLOutputValue>): StoredObject => ({
    ...JSON.parse(String(content)),
    id: Number(id),
  });

  /** The current version, the one without a version ID (`null`), or the one with it; it may be a delete marker. */
  function find(space: string, key: string, versionId?: string): StoredObject | undefined {
    const bytes = Buffer.from(key);
    const id = Number.parseInt(versionId ?? '', 16) || 0;
    let row = versionId === undefined ? current.get(space, bytes) : version.get(space, bytes, id);
    if (versionId === 'null') row = unversioned.get(space, bytes);
    return row && read(row);
  }

  /** Every version from `from` on and before `to`, the newest of a key first; of `from` itself those before `belowId`. */
  function* scan(space: string, from: Buffer, belowId: number, to: Buffer): Generator<StoredObject> {
    for (const row of range.iterate(space, from, to, from, belowId)) yield read(row);
  }

  return {
    onObjectCreated,
    receive,
    find,
    scan,
    /** Every version in a space. */
    all: (space: string) => scan(space, Buffer.alloc(0), Number.MAX_SAFE_INTEGER, Buffer.of(0xff)),
    read: (object: StoredObject, start?: number, end?: number) => files.read(object.id, object.size, start, end),
    /** Adds a version; one without a version ID takes the place of the one that was there. */
    put(space: string, key: string, { body, ...given }: NewObject): StoredObject {
      const defaults = {
        key,
        versioned: false,
        isMarker: false,
        size: body?.size ?? 0,
        etag: '',
        properties: {},
        tags: {},
      };
      const modified = Math.floor(clock.now() / 1000) * 1000; // S3 knows only whole seconds.
      const content = { ...defaults, modified, ...given };
      const before = find(space, key);
      const replaced = content.versioned ? undefined : before?.versioned ? find(space, key, 'null') : before;
      if (before) files.hide(space, key, before.id);
      let id = 0;
      begin.run();
      try {
        if (replaced) erase.run(replaced.id);
        const row = insert.run(space, Buffer.from(key), Number(content.versioned), JSON.stringify(content));
        id = Number(row.lastInsertRowid);
        if (body) files.keep(body, id);
        end.run();
      } catch (error) {
        undo.run();
        throw error;
      }
      if (body) files.show(space, key, id);
      if (replaced) files.remove(replaced.id);
      return { ...content, id };
    },
    /** Changes what is known about an object, not the object: its tags, a bucket's settings. */
    update: ({ id, ...content }: StoredObject) => replace.run(JSON.stringify(content), id),
    /** Removes one version for good. */
    remove(space: string, { key, id }: StoredObject) {
      files.hide(space, key, id);
      erase.run(id);
      const left = find(space, key);
      if (left && !left.isMarker) files.show(space, key, left.id);
      else files.prune(space, key);
      files.remove(id);
    },
    /** @throws NoSuchBucket */
    bucket: (name: string): StoredObject =>
      find('', name) ?? refuse('NoSuchBucket', 404, `The bucket "${name}" does not exist: create it first.`),
    close: () => db.close(),
  };
}
