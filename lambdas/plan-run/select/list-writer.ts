import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { MediaStore } from '../../shared/domain/ports/media-store.ts';

/**
 * Writes a list beside another stream, with little of it in memory; it exists only if it has a line and was completed.
 *
 * @param earlierKey a list whose lines come before those that are written
 */
export function listWriter(store: Pick<MediaStore, 'readLines' | 'writeLines'>, key: string, earlierKey?: string) {
  const lines = new PassThrough({ objectMode: true });
  // Nobody listens while an earlier list is read, and an error that nobody hears ends the process.
  lines.on('error', () => {});
  let failure: unknown;
  let upload: Promise<void> | undefined;

  function begin(): Promise<void> {
    return store.writeLines(key, allLines()).catch((error: unknown) => {
      failure = error;
      lines.destroy();
    });
  }

  async function* allLines(): AsyncGenerator<string> {
    if (earlierKey !== undefined) yield* store.readLines(earlierKey);
    yield* lines;
  }

  return {
    async write(line: string): Promise<void> {
      upload ??= begin();
      if (failure !== undefined) throw failure;
      if (!lines.write(line)) await Promise.race([once(lines, 'drain'), upload]);
    },
    /** The key of the list with all lines; undefined where there is none. */
    async complete(): Promise<string | undefined> {
      lines.end();
      await upload;
      if (failure !== undefined) throw failure;
      return upload === undefined ? earlierKey : key;
    },
    async abandon(): Promise<void> {
      if (upload === undefined) return;
      lines.destroy(new Error(`The list ${key} was given up.`));
      await upload;
    },
  };
}
