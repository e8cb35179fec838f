import * as fs from 'node:fs';
import { dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { type HashName, startHash } from './checksums.ts';

/** A body that has arrived; it goes again unless an object keeps it. */
export interface Body {
  size: number;
  digest(name: HashName, encoding: 'hex' | 'base64'): string;
  /** All of it, or undefined if it has more than `maxBytesInMemory`. */
  text(): string | undefined;
  moveTo(path: string): void;
}

/** A body is written in pieces of this size; a smaller one waits in memory until it is complete. */
const maxBytesInMemory = 2 * 1024 ** 2;

/**
 * The bytes of the objects. Each body is a file that never changes, named by a number, so that neither a crash nor an
 * overwrite shows half of one. A hard link `s3/<bucket>/<key>` lets people find it, where the key is a plain path.
 */
export function openBodyFiles(dataFolder: string) {
  const bodies = join(dataFolder, 's3-store', 'bodies');
  const incoming = join(dataFolder, 's3-store', 'incoming');
  const readable = join(dataFolder, 's3');
  const bodyPath = (id: number) => join(bodies, String(id));
  let received = 0;
  fs.rmSync(incoming, { recursive: true, force: true });
  for (const folder of [bodies, incoming]) fs.mkdirSync(folder, { recursive: true });

  /** Works on the readable path of a key, if it can have one and nothing else is in the way. */
  function onReadablePath(space: string, key: string, work: (path: string) => void) {
    const isPlain = (name: string) =>
      name !== '' && Buffer.byteLength(name) <= 255 && !/[. ]$|[\p{Cc}\\:*?"<>|]/u.test(name);
    if (space.includes('/') || ![space, ...key.split('/')].every(isPlain)) return;
    try {
      work(join(readable, space, key));
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && inTheWay.some((code) => code === error.code))) throw error;
    }
  }

  return {
    /** Streams a body in and, once it is complete, hands it to `commit`, which may let an object keep it. */
    async receive<T>(source: AsyncIterable<Buffer>, names: HashName[], commit: (body: Body) => T): Promise<T> {
      received += 1;
      const file = join(incoming, String(received));
      const hashes = [...new Set(names)].map((name) => ({ name, hash: startHash(name) }));
      let [size, chunks, bytesInMemory]: [number, Buffer[], number] = [0, [], 0];
      try {
        for await (const chunk of source) {
          for (const { hash } of hashes) hash.update(chunk);
          chunks.push(chunk);
          size += chunk.length;
          bytesInMemory += chunk.length;
          if (bytesInMemory <= maxBytesInMemory) continue;
          fs.appendFileSync(file, Buffer.concat(chunks));
          [chunks, bytesInMemory] = [[], 0];
        }
        const digests = new Map<HashName, Buffer>();
        for (const { name, hash } of hashes) digests.set(name, Buffer.from(await hash.digest()));
        const isOnDisk = size > bytesInMemory;
        const rest = Buffer.concat(chunks);
        return commit({
          size,
          digest: (name, encoding) => digests.get(name)?.toString(encoding) ?? '',
          text: () => (isOnDisk ? undefined : rest.toString()),
          moveTo(path) {
            if (!isOnDisk) return fs.writeFileSync(path, rest);
            fs.appendFileSync(file, rest);
            fs.renameSync(file, path);
          },
        });
      } finally {
        if (size > bytesInMemory) fs.rmSync(file, { force: true });
      }
    },
    keep: (body: Body, id: number) => body.moveTo(bodyPath(id)),
    /** Opens at once, so that an overwrite in the same moment harms no reader. `end` is the last byte's place. */
    read(id: number, size: number, start = 0, end = size - 1): Readable {
      if (size === 0) return Readable.from([]);
      const fd = fs.openSync(bodyPath(id), 'r');
      const found = fs.fstatSync(fd).size;
      if (found === size) return fs.createReadStream('', { fd, start, end });
      fs.closeSync(fd);
      throw new Error(`${bodyPath(id)} has ${found} bytes, expected ${size}: something changed it, upload it again.`);
    },
    remove: (id: number) => fs.rmSync(bodyPath(id), { force: true }),
    show: (space: string, key: string, id: number) =>
      onReadablePath(space, key, (path) => {
        fs.mkdirSync(dirname(path), { recursive: true });
        fs.linkSync(bodyPath(id), path);
      }),
    /** Takes a readable path away, if it is this body's and not another key's. */
    hide: (space: string, key: string, id: number) =>
      onReadablePath(space, key, (path) => {
        const isIts = fs.statSync(path, { bigint: true }).ino === fs.statSync(bodyPath(id), { bigint: true }).ino;
        if (isIts) fs.unlinkSync(path);
      }),
    /** Removes the folders that a hidden path leaves empty, up to and with the bucket's. */
    prune: (space: string, key: string) =>
      onReadablePath(space, key, (path) => {
        for (let folder = dirname(path); folder !== readable; folder = dirname(folder)) fs.rmdirSync(folder);
      }),
  };
}

/** What a file system says when another key, a person's file or a rule of its own keeps a path from being readable. */
const inTheWay = 'EEXIST EINVAL EILSEQ EISDIR ENAMETOOLONG ENOENT ENOTDIR ENOTEMPTY ENOTSUP EPERM'.split(' ');
