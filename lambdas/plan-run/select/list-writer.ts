import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { MediaStore } from '../../shared/domain/ports/media-store.ts';

/** Lines that are handed on together, unless one is so long that it should wait for no other. */
const linesAtOnce = 256;
const maxLineHeld = 4096;

/**
 * Writes a list with little of it in memory. The list exists only if it has a line and was completed.
 *
 * @param earlierKey a list whose lines come before those that are written
 */
export function listWriter(store: Pick<MediaStore, 'readLines' | 'writeLines'>, key: string, earlierKey?: string) {
  let waiting: string[] = [];
  const batches = new PassThrough({ objectMode: true, highWaterMark: 1 });
  // While an earlier list is read there is no listener, and an error without one would end the process.
  batches.on('error', () => {});
  let failure: unknown;
  let upload: Promise<void> | undefined;

  function begin(): Promise<void> {
    return store.writeLines(key, allLines()).catch((error: unknown) => {
      failure = error;
      batches.destroy();
    });
  }

  async function* allLines(): AsyncGenerator<string | readonly string[]> {
    if (earlierKey !== undefined) yield* store.readLines(earlierKey);
    yield* batches;
  }

  async function handOn(): Promise<void> {
    upload ??= begin();
    if (failure !== undefined) throw failure;
    const batch = waiting;
    waiting = [];
    if (!batches.write(batch)) await Promise.race([once(batches, 'drain'), upload]);
  }

  return {
    async write(line: string): Promise<void> {
      waiting.push(line);
      if (waiting.length >= linesAtOnce || line.length >= maxLineHeld) await handOn();
    },
    /** Completes the list and returns its key; undefined where it has no line. */
    async complete(): Promise<string | undefined> {
      if (waiting.length > 0) await handOn();
      batches.end();
      await upload;
      if (failure !== undefined) throw failure;
      return upload === undefined ? earlierKey : key;
    },
    async abandon(): Promise<void> {
      if (upload === undefined) return;
      batches.destroy(new Error(`The list ${key} was given up.`));
      await upload;
    },
  };
}
