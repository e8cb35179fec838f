import { mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { z } from 'zod';

/** JSON files of one shape in a folder of their own. */
export function openJsonFiles<T>(folder: string, schema: z.ZodType<T>) {
  mkdirSync(folder, { recursive: true });
  return {
    read(): T[] {
      const names = readdirSync(folder).filter((name) => name.endsWith('.json'));
      return names.map((name) => schema.parse(JSON.parse(readFileSync(join(folder, name), 'utf8'))));
    },
    /** Writes a file whole or not at all, even if the process is killed. */
    write(name: string, content: T): void {
      const path = join(folder, `${name}.json`);
      writeFileSync(`${path}.new`, JSON.stringify(content));
      renameSync(`${path}.new`, path);
    },
  };
}
