/**
 * Finds JSON in a text with prose around it. The text is scanned a fixed number of times, so 5 MB of `{` cost no more
 * than 5 MB of anything else.
 */

/** The most pieces that are tried: prose has braces too, and one without an end is searched to the end of the text. */
const maxPieces = 20;
const maxUnclosed = 3;

/**
 * Returns pieces of a text that may be JSON, the likeliest first: the text itself, code fences, and everything from an
 * opening brace or bracket to its closing one.
 */
export function* jsonPieces(text: string): Generator<string> {
  yield text;
  yield* inFences(text);
  yield* inBrackets(text);
}

/**
 * Returns the widest pieces that may be JSON after a repair: from the first brace to the last, and the same for
 * brackets; to the end of the text where nothing closes, as in a truncated answer.
 */
export function brokenPieces(text: string): string[] {
  const pieces = ['{}', '[]'].flatMap(([opening = '', closing = '']) => {
    const from = text.indexOf(opening);
    if (from < 0) return [];
    const to = text.lastIndexOf(closing);
    return [{ from, piece: text.slice(from, to > from ? to + 1 : undefined) }];
  });
  // A list of objects begins with its bracket, an object with lists in it with its brace.
  return pieces.sort((one, other) => one.from - other.from).map(({ piece }) => piece);
}

function* inFences(text: string): Generator<string> {
  let at = 0;
  for (let found = 0; found < maxPieces; found++) {
    const opening = text.indexOf('```', at);
    if (opening < 0) return;
    const from = text.indexOf('\n', opening);
    // A fence inside a string of the JSON does not start a line.
    const to = from < 0 ? -1 : text.indexOf('\n```', from);
    if (to < 0) return;
    yield text.slice(from + 1, to);
    at = to + 4;
  }
}

function* inBrackets(text: string): Generator<string> {
  let at = 0;
  let unclosed = 0;
  for (let found = 0; found < maxPieces && unclosed < maxUnclosed; found++) {
    const from = nextOpening(text, at);
    if (from < 0) return;
    const to = closingOf(text, from);
    if (to !== undefined) yield text.slice(from, to + 1);
    else unclosed += 1;
    // A brace that never closes may be prose with JSON after it.
    at = (to ?? from) + 1;
  }
}

function nextOpening(text: string, at: number): number {
  const opening = /[{[]/g;
  opening.lastIndex = at;
  return opening.exec(text)?.index ?? -1;
}

/** Returns where the brace or bracket at `from` is closed. */
function closingOf(text: string, from: number): number | undefined {
  let closing: number | undefined;
  walkBrackets(text, from, (depth, at) => {
    if (depth === 0) closing = at;
    return depth > 0;
  });
  return closing;
}

/** Says whether JSON is nested deeper than this many levels. */
export function isDeeper(json: string, levels: number): boolean {
  return !walkBrackets(json, 0, (depth) => depth <= levels);
}

/** Visits the brackets outside strings while `visit` returns true; false where it ended early. */
function walkBrackets(text: string, from: number, visit: (depth: number, at: number) => boolean): boolean {
  let depth = 0;
  let isInString = false;
  for (let at = from; at < text.length; at++) {
    const character = text.charAt(at);
    if (character === '\\') at += 1;
    else if (character === '"') isInString = !isInString;
    else if (!isInString && '{[}]'.includes(character)) {
      depth += character === '{' || character === '[' ? 1 : -1;
      if (!visit(depth, at)) return false;
    }
  }
  return true;
}
