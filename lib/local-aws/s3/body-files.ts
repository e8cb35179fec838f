import { randomUUID } from 'node:crypto';
import * as fs from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { type HashName, startHash } from './checksums.ts';

/** A received body, in a temporary file until an object keeps it. */
export interface Body {
  path: string;
  size: number;
  digest(name: HashName, encoding: 'hex' | 'base64'): string;
}

/**
 * The bytes of the objects. Each body is a file that never changes, so neither a crash nor an overwrite shows half of
 * one. Its name is a number: no key becomes a path.
 */
export function openBodyFiles(dataFolder: string) {
  const bodies = join(dataFolder, 's3', 'bodies');
  const incoming = join(dataFolder, 's3', 'incoming');
  const bodyPath = (id: number) => join(bodies, String(id));
  fs.rmSync(incoming, { recursive: true, force: true });
  for (const folder of [bodies, incoming]) fs.mkdirSync(folder, { recursive: true });

  return {
    /** Streams a body in and passes it, once complete, to `commit`, which may let an object keep it. */
    async receive<T>(source: AsyncIterable<Buffer>, names: HashName[], commit: (body: Body) => T): Promise<T> {
      const path = join(incoming, randomUUID());
      const hashes = new Map(names.map((name) => [name, startHash(name)]));
      let size = 0;
      fs.writeFileSync(path, '');
      try {
        for await (const chunk of source) {
          for (const hash of hashes.values()) hash.update(chunk);
          fs.appendFileSync(path, chunk);
          size += chunk.length;
        }
        const digests = new Map<HashName, Buffer>();
        for (const [name, hash] of hashes) digests.set(name, Buffer.from(await hash.digest()));
        return commit({ path, size, digest: (name, encoding) => digests.get(name)?.toString(encoding) ?? '' });
      } finally {
        fs.rmSync(path, { force: true });
      }
    },
    keep: (body: Body, id: number) => fs.renameSync(body.path, bodyPath(id)),
    /** Opens at once, so that an overwrite in the same moment harms no reader. `end` is inclusive. */
    read(id: number, size: number, start = 0, end = size - 1): Readable {
      if (size === 0) return Readable.from([]);
      const fd = fs.openSync(bodyPath(id), 'r');
      const found = fs.fstatSync(fd).size;
      if (found === size) return fs.createReadStream('', { fd, start, end });
      fs.closeSync(fd);
      throw new Error(
        `${bodyPath(id)} was changed, it has ${found} bytes instead of ${size}: upload the object again.`,
      );
    },
    remove: (id: number) => fs.rmSync(bodyPath(id), { force: true }),
  };
}
