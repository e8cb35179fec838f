import { Readable } from 'node:stream';

/**
 * Starts to read a source and goes on reading ahead of whoever takes from it, at most so many items. What goes wrong is thrown to
 * whoever takes.
 */
export function readAhead<Item>(source: AsyncIterable<Item>, items: number): AsyncIterable<Item> & Disposable {
  const stream = Readable.from(source, { objectMode: true, highWaterMark: items });
  // Nobody may listen yet when it fails, which would end the process.
  stream.on('error', () => {});
  stream.read(0);
  return {
    [Symbol.asyncIterator]: () => stream[Symbol.asyncIterator](),
    [Symbol.dispose]: () => void stream.destroy(),
  };
}
