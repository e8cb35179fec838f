/** Longer lines are not ours: a model's whole answer with its echoed prompt is far shorter. */
const maxLineBytes = 64 * 1024 * 1024;

const newline = 0x0a;

/** A line with its number in the stream, from 1; empty lines count. */
export interface NumberedLine {
  number: number;
  text: string;
}

/** A line is longer than its reader allows; `line` is its number. */
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
 * Yields the non-empty lines of a UTF-8 stream, split at `\n` only. (`node:readline` also splits at U+2028, which JSON
 * allows inside a string and models write.)
 *
 * @throws {LineTooLong} if a line is longer than 64 MiB
 */
export async function* readLines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  for await (const lines of readLineBatches(chunks)) for (const text of lines) yield text;
}

/**
 * Yields the same lines in batches: for 100,000 lines, awaiting each one takes too long.
 *
 * @throws {LineTooLong} if a line is longer than 64 MiB
 */
export async function* readLineBatches(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string[]> {
  for await (const { lines } of lineBatches(chunks, maxLineBytes)) yield lines.filter((text) => text !== '');
}

/**
 * Yields the same lines with their numbers, under a limit of the reader.
 *
 * @throws {LineTooLong} if a line is longer than `maxBytes`
 */
export async function* readNumberedLines(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<NumberedLine> {
  for await (const { first, lines } of lineBatches(chunks, maxBytes)) {
    for (const [at, text] of lines.entries()) if (text !== '') yield { number: first + at, text };
  }
}

/** Bytes that are split into lines at a time: text takes more memory than its bytes. */
const maxBatchBytes = 64 * 1024;

/** Yields lines in batches, empty ones too, with the number of the first. */
async function* lineBatches(
  chunks: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<{ first: number; lines: string[] }> {
  // At most the limit of a line, so that only the first line of a batch can be too long.
  const batchBytes = Math.min(maxBatchBytes, maxBytes);
  let rest: Uint8Array[] = [];
  let restBytes = 0;
  let first = 1;
  for await (const whole of chunks) {
    for (let start = 0; start < whole.length; start += batchBytes) {
      const batch = whole.subarray(start, start + batchBytes);
      const end = batch.lastIndexOf(newline);
      if (restBytes + (end < 0 ? batch.length : batch.indexOf(newline)) > maxBytes) {
        throw new LineTooLong(first, maxBytes);
      }
      if (end >= 0) {
        const lines = textOf([...rest, batch.subarray(0, end)]).split('\n');
        yield { first, lines: lines.map((text) => text.trim()) };
        first += lines.length;
        rest = [];
        restBytes = 0;
      }
      rest.push(batch.subarray(end + 1));
      restBytes += batch.length - (end + 1);
    }
  }
  if (restBytes > 0) yield { first, lines: [textOf(rest).trim()] };
}

function textOf(parts: readonly Uint8Array[]): string {
  return Buffer.concat(parts).toString('utf8');
}
