import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import type { MediaStore } from '../shared/media-store.ts';

/** Writes a list beside another stream, with little of it in memory; it exists only if it has a line and was completed. */
export function listWriter(store: Pick<MediaStore, 'writeLines'>, key: string) {
  const lines = new PassThrough({ objectMode: true });
  let failure: unknown;
  let upload: Promise<void> | undefined;

  function begin(): Promise<void> {
    return store.writeLines(key, lines).catch((error: unknown) => {
      failure = error;
      lines.destroy();
    });
  }

  return {
    async write(line: string): Promise<void> {
      upload ??= begin();
      if (failure !== undefined) throw failure;
      if (!lines.write(line)) await Promise.race([once(lines, 'drain'), upload]);
    },
    async complete(): Promise<void> {
      lines.end();
      await upload;
      if (failure !== undefined) throw failure;
    },
    async abandon(): Promise<void> {
      if (upload === undefined) return;
      lines.destroy(new Error(`The list ${key} was given up.`));
      await upload;
    },
  };
}
