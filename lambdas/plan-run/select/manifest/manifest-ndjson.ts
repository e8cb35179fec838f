import { readNumberedLines } from '../../../shared/text/lines.ts';
import { type ManifestRow, maxRowBytes, rowOf } from './manifest-row.ts';

/**
 * Reads the rows of an NDJSON manifest, each with its own fields.
 *
 * @param needed fields that the prompts of the request use
 * @throws {LineTooLong} for a line of more than 1 MiB
 */
export async function* ndjsonRows(
  pieces: AsyncIterable<Uint8Array>,
  needed: readonly string[],
): AsyncGenerator<ManifestRow> {
  for await (const { number: line, text } of readNumberedLines(pieces, maxRowBytes)) {
    const fields = fieldsOf(text);
    if (fields === undefined) yield { line, key: '', bad: 'the line is no JSON object' };
    else
      yield rowOf(
        line,
        textOf(fields.get('key')),
        needed.map((name) => [name, textOf(fields.get(name))]),
      );
  }
}

function fieldsOf(text: string): ReadonlyMap<string, unknown> | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    const isObject = typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed);
    return isObject ? new Map(Object.entries(parsed)) : undefined;
  } catch {
    return undefined;
  }
}

/** Returns the text that a prompt can use of a value; undefined for lists and objects. */
function textOf(value: unknown): string | undefined {
  return ['string', 'number', 'boolean'].includes(typeof value) ? String(value) : undefined;
}
