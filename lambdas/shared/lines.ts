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
  for await (const { text } of readNumberedLines(chunks, maxLineBytes)) yield text;
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
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  let number = 1;
  for await (const chunk of chunks) {
    let from = 0;
    for (let at = chunk.indexOf(newline); at >= 0; at = chunk.indexOf(newline, from)) {
      refuseLonger(restBytes + at - from);
      const text = textOf(rest, chunk.subarray(from, at));
      if (text !== '') yield { number, text };
      number += 1;
      rest = [];
      restBytes = 0;
      from = at + 1;
    }
    if (from < chunk.length) {
      restBytes += chunk.length - from;
      refuseLonger(restBytes);
      rest.push(chunk.subarray(from));
    }
  }
  const last = textOf(rest, new Uint8Array());
  if (last !== '') yield { number, text: last };

  function refuseLonger(bytes: number): void {
    if (bytes > maxBytes) throw new LineTooLong(number, maxBytes);
  }
}

/** One buffer per 64 KiB: a stream chunk per line would cost more than the upload itself. */
const chunkChars = 64 * 1024;

/** Lines that are at hand, or come one after the other. */
export type Lines = Iterable<string> | AsyncIterable<string>;

/** Lines as a stream of UTF-8, each with its `\n`. */
export async function* inChunks(lines: Lines): AsyncGenerator<Buffer> {
  let pending = '';
  for await (const line of lines) {
    pending += `${line}\n`;
    if (pending.length >= chunkChars) {
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
