import { refuse } from './errors.ts';

const chunkHeader = /^([0-9a-f]{1,12})(?:;[^\r\n]*)?$/i;

/**
 * Removes the aws-chunked framing from a body of `bytes`; signatures are not checked.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 *
 * @param trailers receives the headers that follow the last chunk
 * @throws IncompleteBody when the body ends early or late, or its framing is wrong
 */
export async function* decodeChunks(source: AsyncIterable<Buffer>, bytes: number, trailers: Record<string, string>) {
  let buffer: Buffer = Buffer.alloc(0);
  let next: 'header' | 'end of chunk' | 'trailer' = 'header';
  let [left, allowed, trailersLeft] = [0, bytes, 10];
  for await (const piece of source) {
    buffer = Buffer.concat([buffer, piece]);
    for (let end = 0; end >= 0; ) {
      const data = buffer.subarray(0, left);
      if (data.length > 0) yield data;
      left -= data.length;
      end = left > 0 ? -1 : buffer.indexOf('\r\n', data.length);
      const line = buffer.toString('latin1', data.length, Math.max(end, 0));
      buffer = buffer.subarray(end < 0 ? data.length : end + 2);
      if (end < 0) continue;
      if (next === 'header') {
        const size = chunkHeader.exec(line)?.[1] ?? incomplete(`a chunk starts with "${line}", not with its size`);
        left = Number.parseInt(size, 16);
        allowed -= left;
        if (allowed < 0) incomplete(`it has more than the ${bytes} bytes that were announced`);
        next = left > 0 ? 'end of chunk' : 'trailer';
      } else if (next === 'end of chunk') {
        if (line !== '') incomplete('a chunk is longer than its size');
        next = 'header';
      } else {
        if (line === '') return;
        const [, name = '', value = ''] = /^([^:]+):\s*(.*?)\s*$/.exec(line) ?? [];
        trailers[name.toLowerCase()] = value;
        trailersLeft -= 1;
        if (trailersLeft < 0) incomplete('it has more than ten trailers');
      }
    }
    if (buffer.length > 8192) incomplete('a line is longer than 8 KiB');
  }
  incomplete('it ends within a chunk');
}

const incomplete = (what: string) => refuse('IncompleteBody', `The aws-chunked body is wrong: ${what}.`);
