/**
 * Where JSON may stand in a text with prose around it. Each look at the text goes over it once, and there are few of them, so that
 * 5 MB of `{` cost no more than 5 MB of anything else.
 */

/** Pieces that are tried; prose has braces and brackets of its own. Looking for the end of one that has none goes over all of it. */
const maxPieces = 20;
const maxUnclosed = 3;

/**
 * Pieces of a text that may be JSON as they stand, the likeliest first: the text itself, what is in code fences, and whatever goes
 * from an opening brace or bracket to the one that closes it.
 */
export function* jsonPieces(text: string): Generator<string> {
  yield text;
  yield* inFences(text);
  yield* inBrackets(text);
}

/**
 * The widest pieces that may be JSON once they are repaired: from the first brace to the last, the same of brackets; where nothing closes, as
 * in an answer that was truncated, to the end.
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
    // A fence inside of a string in the JSON does not begin a line.
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
    // What never closes may be prose with JSON behind it.
    at = (to ?? from) + 1;
  }
}

function nextOpening(text: string, at: number): number {
  const opening = /[{[]/g;
  opening.lastIndex = at;
  return opening.exec(text)?.index ?? -1;
}

/** Where the brace or bracket at `from` is closed. */
function closingOf(text: string, from: number): number | undefined {
  let closing: number | undefined;
  walkBrackets(text, from, (depth, at) => {
    if (depth === 0) closing = at;
    return depth > 0;
  });
  return closing;
}

/** Whether JSON is nested deeper than so many levels. */
export function isDeeper(json: string, levels: number): boolean {
  return !walkBrackets(json, 0, (depth) => depth <= levels);
}

/** Goes from bracket to bracket, past those in strings, as long as `visit` says so; false where it did not until the end. */
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
