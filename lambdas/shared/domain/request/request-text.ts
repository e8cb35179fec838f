import { parseJson } from '../../text/json-text.ts';
import { maxRequestBytes } from '../limits.ts';

/** What a text says that should be a request: any JSON at first, or the one sentence that says why it is none. */
export type RequestText = { value: unknown } | { problem: string };

/** Reads a request as it stands in a file; `name` is what the file is called in the sentence. */
export function readRequestText(text: string, name: string): RequestText {
  const tooLong = whyTooLong(Buffer.byteLength(text), name);
  if (tooLong !== undefined) return { problem: tooLong };
  const parsed = parseJson(text);
  if ('value' in parsed) return parsed;
  const { reason, line, column } = parsed.problem;
  return { problem: `${name} is not JSON (line ${line}, column ${column}: ${reason}): correct it there.` };
}

/** Why no execution can be started with so many bytes; undefined where one can. */
export function whyTooLong(bytes: number, name: string): string | undefined {
  if (bytes <= maxRequestBytes) return undefined;
  return `${name} has ${bytes} bytes, expected at most ${maxRequestBytes}: name "prefixes" instead of many "keys".`;
}
