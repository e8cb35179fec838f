/** Whether an event, or the value of a field, matches; a missing field is undefined. */
export type Test = (value: unknown) => boolean;

function testOf(matcher: unknown): Test {
  if (typeof matcher !== 'object' || matcher === null) return (value) => value === matcher;
  const [[name, operand] = [], ...more] = Object.entries(matcher);
  if (typeof operand === 'string' && more.length === 0) {
    if (name === 'prefix') return (value) => typeof value === 'string' && value.startsWith(operand);
    if (name === 'wildcard') return wildcard(operand);
  }
  if (name === 'anything-but') {
    const tests = excludedBy(operand).map(testOf);
    return (value) => value !== undefined && !tests.some((excluded) => excluded(value));
  }
  const known = 'a value or one of prefix, wildcard, anything-but';
  throw new Error(`The pattern has ${JSON.stringify(matcher)}, expected ${known}.`);
}

/** Values or matchers; only here may a matcher have a list of operands. */
function excludedBy(operand: unknown): unknown[] {
  return [operand].flat().flatMap((excluded) => {
    const [[name = '', list] = []] = Object.entries(Object(excluded));
    return Array.isArray(list) ? list.map((each) => ({ [name]: each })) : [excluded];
  });
}

function wildcard(text: string): Test {
  // Our patterns need neither: a backslash escapes, and AWS refuses two stars in a row.
  if (/\\|\*\*/.test(text))
    throw new Error(`The wildcard is ${JSON.stringify(text)}, expected no backslash and no "**".`);
  const parts = text.split('*').map((part) => RegExp.escape(part));
  const pattern = new RegExp(`^${parts.join('.*')}$`, 's');
  return (value) => typeof value === 'string' && pattern.test(value);
}

/**
 * Reads an event pattern of values, `prefix`, `wildcard` and `anything-but`:
 * https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 *
 * @throws one sentence that names what is not simulated
 */
export function parsePattern(pattern: unknown): Test {
  if (!(pattern instanceof Object))
    throw new Error(`The pattern has ${JSON.stringify(pattern)}, expected it in a list.`);
  const tests = Object.entries(pattern).map(([name, inner]): Test => {
    const ways = Array.isArray(inner) ? inner.map(testOf) : [parsePattern(inner)];
    return (value) => {
      const field: unknown = Object.getOwnPropertyDescriptor(Object(value), name)?.value;
      return [field].flat().some((item) => ways.some((way) => way(item)));
    };
  });
  return (value) => tests.every((test) => test(value));
}
