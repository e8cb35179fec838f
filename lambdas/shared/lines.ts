/** Longer lines are no records of ours: a model's whole answer and its echoed prompt stay far below. */
const maxLineBytes = 64 * 1024 * 1024;

const newline = 0x0a;

/** A line with its number in its stream, from 1; empty lines count too. */
export interface NumberedLine {
  number: number;
  text: string;
}

/** A line that is longer than whoever reads it allows; `line` is its number. */
export class LineTooLong extends RangeError {
  override readonly name = 'LineTooLong';
  readonly line: number;
  readonly maxBytes: number;

  constructor(line: number, maxBytes: number) {
    super(
      `Line ${line} has more than ${maxBytes} bytes, expected JSON lines of at most ${maxBytes / 1024 / 1024} MiB.`,
    );
    this.line = line;
    this.maxBytes = maxBytes;
  }
}

/**
 * The lines of a stream of UTF-8, split at `\n` alone and without empty ones. (`node:readline` also splits at U+2028, which
 * JSON allows inside a string and models do write.)
 *
 * @throws {LineTooLong} when a line is longer than 64 MiB
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  for await (const { lines } of lineBatches(chunks, maxLineBytes))
    for (const text of lines) if (text !== '') yield text;
}

/**
 * The same with their numbers, and with a limit of the reader's own.
 *
 * @throws {LineTooLong} when a line is longer than `maxBytes`
 */
export async function* readNumberedLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<NumberedLine> {
  for await (const { first, lines } of lineBatches(chunks, maxBytes)) {
    for (const [at, text] of lines.entries()) if (text !== '') yield { number: first + at, text };
  }
}

/** So much of a chunk is divided into lines at a time: text takes more memory than its bytes. */
const batchBytes = 64 * 1024;

/** Lines many at a time, empty ones too, with the number of the first: what waits for each line waits too often. */
async function* lineBatches(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<{ first: number; lines: string[] }> {
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  let first = 1;
  let lines: string[] = [];
  for await (const whole of chunks) {
    for (let start = 0; start < whole.length; start += batchBytes) {
      const chunk = whole.subarray(start, start + batchBytes);
      let from = 0;
      for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
        refuseLonger(restBytes + at - from);
        lines.push(textOf(rest, chunk.subarray(from, at)));
        rest = [];
        restBytes = 0;
        from = at + 1;
      }
      if (lines.length > 0) yield { first, lines };
      first += lines.length;
      lines = [];
      if (from < chunk.length) {
        restBytes += chunk.length - from;
        refuseLonger(restBytes);
        rest.push(chunk.subarray(from));
      }
    }
  }
  if (rest.length > 0) yield { first, lines: [textOf(rest, new Uint8Array())] };

  function refuseLonger(bytes: number): void {
    if (bytes > maxBytes) throw new LineTooLong(first + lines.length, maxBytes);
  }
}

/** One buffer per 64 KiB: a stream chunk per line would cost more than the upload itself. */
const chunkChars = 64 * 1024;

/** Lines that are at hand, or come one after the other; or, where they are many, some at a time. */
export type Lines = Iterable<string> | AsyncIterable<string | readonly string[]>;

/** Lines as a stream of UTF-8, each with its `\n`. */
export async function* inChunks(lines: Lines): AsyncGenerator<Buffer> {
  let pending = '';
  for await (const next of lines) {
    for (const line of typeof next === 'string' ? [next] : next) {
      pending += `${line}\n`;
      if (pending.length < chunkChars) continue;
      yield Buffer.from(pending);
      pending = '';
    }
  }
  if (pending !== '') yield Buffer.from(pending);
}

function textOf(parts: readonly Uint8Array[], end: Uint8Array): string {
  const bytes =
    parts.length === 0 ? Buffer.from(end.buffer, end.byteOffset, end.byteLength) : Buffer.concat([...parts, end]);
  return bytes.toString('utf8').trim();
}
