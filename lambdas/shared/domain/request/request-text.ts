import { parseJson } from '../../text/json-text.ts';
import { maxRequestBytes } from '../limits.ts';

/** The JSON of a request file, not checked yet, or one sentence about why it cannot be read. */
export type RequestText = { value: unknown } | { problem: string };

/** Parses the text of a request file; `name` is the name of the file in the sentence. */
export function readRequestText(text: string, name: string): RequestText {
  const tooLong = whyTooLong(Buffer.byteLength(text), name);
  if (tooLong !== undefined) return { problem: tooLong };
  const parsed = parseJson(text);
  if ('value' in parsed) return parsed;
  const { reason, line, column } = parsed.problem;
  return { problem: `${name} is not JSON (line ${line}, column ${column}: ${reason}): correct it there.` };
}

/** Returns why so many bytes cannot start an execution; undefined if they can. */
export function whyTooLong(bytes: number, name: string): string | undefined {
  if (bytes <= maxRequestBytes) return undefined;
  return `${name} has ${bytes} bytes, expected at most ${maxRequestBytes}: name "prefixes" instead of many "keys".`;
}
