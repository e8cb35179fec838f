import { parentPort } from 'node:worker_threads';
import type { MediaHeader } from '../../shared/domain/media/media-header.ts';
import type { ByteRange } from '../../shared/domain/ports/media-store.ts';
import { inspectedFile } from './inspected-file.ts';
import { readHeader } from './read-header.ts';

/** What the worker gets: a file to read, or bytes of one; undefined where they cannot be read. */
export type ToWorker = { file: number; size: number } | { file: number; bytes: Uint8Array | undefined };

/** What the worker says: that it has started, which bytes it needs, or what a header says. */
export type FromWorker = 'started' | { file: number; need: ByteRange } | { file: number; header: MediaHeader };

/** Files by their numbers, each waiting for bytes: many are read side by side. */
const waiting = new Map<number, PromiseWithResolvers<Uint8Array>>();

parentPort?.on('message', (message: ToWorker) => {
  if ('size' in message) return void inspect(message.file, message.size);
  const asked = waiting.get(message.file);
  waiting.delete(message.file);
  if (message.bytes === undefined) asked?.reject(new Error('The file cannot be read.'));
  else asked?.resolve(message.bytes);
});
tell('started');

async function inspect(file: number, size: number): Promise<void> {
  const readPiece = (need: ByteRange) => {
    const asked = Promise.withResolvers<Uint8Array>();
    waiting.set(file, asked);
    tell({ file, need });
    return asked.promise;
  };
  tell({ file, header: await readHeader(inspectedFile(size, readPiece)) });
}

function tell(message: FromWorker): void {
  parentPort?.postMessage(message);
}
