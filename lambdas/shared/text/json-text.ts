/** The value of a JSON text, or where and why it is invalid. Lines and columns count from 1. */
export type ParsedJson = { value: unknown } | { problem: { reason: string; line: number; column: number } };

/** Parses JSON; a leading byte order mark, as some editors write it, is allowed. */
export function parseJson(text: string): ParsedJson {
  const bare = text.replace(/^\uFEFF/, '');
  const reason = whyInvalid(bare);
  if (reason === undefined) return { value: JSON.parse(bare) };
  const before = bare.slice(0, firstBadPosition(bare)).split('\n');
  return { problem: { reason, line: before.length, column: (before.at(-1) ?? '').length + 1 } };
}

/**
 * Finds the fault, because most messages of JSON.parse have no position. The text before it is only unfinished, and one
 * character more is wrong, so the longest unfinished beginning ends at the fault.
 */
function firstBadPosition(text: string): number {
  let good = 0;
  let bad = text.length + 1;
  while (bad - good > 1) {
    const middle = Math.floor((good + bad) / 2);
    if (isUnfinished(text.slice(0, middle))) good = middle;
    else bad = middle;
  }
  return good;
}

function isUnfinished(beginning: string): boolean {
  const reason = whyInvalid(beginning, { withPosition: true });
  if (reason === undefined || /^Unexpected end|^Unterminated/.test(reason)) return true;
  return reason.includes(`at position ${beginning.length} `);
}

function whyInvalid(text: string, { withPosition = false } = {}): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    if (withPosition) return error.message;
    return error.message
      .replace(/,? (in JSON )?at position \d.*$/s, '')
      .replace(/, (\.{3})?".*is not valid JSON$/s, '');
  }
}
