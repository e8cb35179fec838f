import { pipeline, Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { RequestRefused } from '../../../shared/domain/errors/errors.ts';
import { LineTooLong } from '../../../shared/text/lines.ts';
import { type ManifestRow, maxRowBytes, rowOf } from './manifest-row.ts';

/** The parser returns all rows of a piece at once, so pieces are small. */
const pieceBytes = 64 * 1024;

/** Rows of any length and quotes inside a field are data here: problems are reported by line. */
const options = {
  bom: true,
  relax_column_count: true,
  relax_quotes: true,
  skip_empty_lines: true,
  record_delimiter: ['\r\n', '\n', '\r'],
  max_record_size: maxRowBytes,
};

/**
 * Reads the rows of a CSV manifest, with commas and a header.
 *
 * @param needed columns that the prompts of the request use
 * @throws {RequestRefused} for a header without a needed column, or an unclosed quote
 * @throws {LineTooLong} for a row of more than 1 MiB
 */
export async function* csvRows(
  pieces: AsyncIterable<Uint8Array>,
  needed: readonly string[],
): AsyncGenerator<ManifestRow> {
  const lines = rowStarts();
  const parser = parse({
    ...options,
    // Counted while parsing, so that a problem after a row is known by its line.
    on_record: (record, info) => [String(lines.startOf(record, info)), ...record],
  });
  // Errors of both sides are thrown by the loop.
  pipeline(Readable.from(small(pieces)), parser, () => {});
  let header: string[] | undefined;
  try {
    for await (const row of parser) {
      const [line, ...record]: string[] = row;
      if (header === undefined) header = checkedHeader(record, needed);
      else yield csvRow(Number(line), record, header, needed);
    }
  } catch (error) {
    throw error instanceof CsvError ? refusalOf(error, lines.next()) : error;
  }
}

function csvRow(
  line: number,
  record: readonly string[],
  header: readonly string[],
  needed: readonly string[],
): ManifestRow {
  if (record.length !== header.length) {
    return {
      line,
      key: record[header.indexOf('key')] ?? '',
      bad: 'the row has another number of columns than the header',
    };
  }
  const value = (name: string) => record[header.indexOf(name)];
  return rowOf(
    line,
    value('key'),
    needed.map((name) => [name, value(name)]),
  );
}

function checkedHeader(record: readonly string[], needed: readonly string[]): string[] {
  const header = record.map((name) => name.trim());
  const missing = ['key', ...needed].find((name) => !header.includes(name));
  if (missing !== undefined) {
    const why = missing === 'key' ? 'which names the media' : `which a prompt of the request uses as {{${missing}}}`;
    throw new RequestRefused(
      `The header of "media.manifest" has no column ${JSON.stringify(missing)}, ${why}; expected it among the names in its first ` +
        `line, ${JSON.stringify(header.join(',').slice(0, 200))}, separated by commas: add it.`,
    );
  }
  const twice = header.find((name, at) => name !== '' && header.indexOf(name) !== at);
  if (twice === undefined) return header;
  throw new RequestRefused(
    `The header of "media.manifest" has the column ${JSON.stringify(twice)} twice; expected each name once: rename one of them.`,
  );
}

/** What the parser has counted at the end of a row. */
interface Counters {
  lines: number;
  empty_lines: number;
}

/**
 * Returns the line in which each row begins. The parser only knows the line in which a row ends, and counts a Windows
 * line end inside quotes as two.
 */
function rowStarts() {
  let [ended, emptyLines, countedTwice] = [0, 0, 0];
  return {
    startOf(record: readonly string[], info: Counters): number {
      const start = ended + 1 + info.empty_lines - emptyLines;
      for (const field of record) if (field.includes('\r\n')) countedTwice += field.split('\r\n').length - 1;
      ended = info.lines - countedTwice;
      emptyLines = info.empty_lines;
      return start;
    },
    next: () => ended + 1,
  };
}

function refusalOf(error: CsvError, line: number): Error {
  if (error.code === 'CSV_MAX_RECORD_SIZE') return new LineTooLong(line, maxRowBytes);
  return new RequestRefused(
    `"media.manifest" of the request cannot be read as CSV from line ${line} on (${error.code}); expected quotes that are closed, ` +
      'and doubled inside of a value: correct it.',
    { cause: error },
  );
}

async function* small(pieces: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  for await (const piece of pieces) {
    for (let at = 0; at < piece.length; at += pieceBytes) yield piece.subarray(at, at + pieceBytes);
  }
}
