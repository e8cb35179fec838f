import { ServiceError } from '../endpoint.ts';

/**
 * Takes the aws-chunked framing off a body; the signatures of the chunks are not checked.
 * https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
 *
 * @param trailers receives the headers that follow the last chunk
 * @throws IncompleteBody when the body ends early or is framed otherwise
 */
export async function* decodeChunks(source: AsyncIterable<Buffer>, trailers: Record<string, string>) {
  const pieces = source[Symbol.asyncIterator]();
  let buffer: Buffer = Buffer.alloc(0);

  async function readMore() {
    const { value, done } = await pieces.next();
    if (done) throw incomplete('it ends within a chunk');
    buffer = buffer.length === 0 ? value : Buffer.concat([buffer, value]);
  }
  async function readLine(): Promise<string> {
    while (!buffer.includes('\r\n')) {
      if (buffer.length > 8192) throw incomplete('a line is longer than 8 KiB');
      await readMore();
    }
    const end = buffer.indexOf('\r\n');
    const line = buffer.toString('latin1', 0, end);
    buffer = buffer.subarray(end + 2);
    return line;
  }

  try {
    for (;;) {
      const header = await readLine();
      const [, bytes] = /^([0-9a-fA-F]{1,12})(?:;.*)?$/.exec(header) ?? [];
      if (bytes === undefined) throw incomplete(`a chunk starts with "${header}", not with its size`);
      let left = Number.parseInt(bytes, 16);
      if (left === 0) break;
      while (left > 0) {
        if (buffer.length === 0) await readMore();
        const piece = buffer.subarray(0, left);
        buffer = buffer.subarray(piece.length);
        left -= piece.length;
        yield piece;
      }
      if ((await readLine()) !== '') throw incomplete('a chunk is longer than its size');
    }
    for (let line = await readLine(); line !== ''; line = await readLine()) {
      const [, name = '', value = ''] = /^([^:]+):\s*(.*?)\s*$/.exec(line) ?? [];
      trailers[name.toLowerCase()] = value;
    }
  } finally {
    await pieces.return?.();
  }
}

const incomplete = (what: string) => new ServiceError('IncompleteBody', 400, `The aws-chunked body is wrong: ${what}.`);
