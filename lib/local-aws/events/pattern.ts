/** Says of an event, or of the value of a field, whether it matches; a field that is not there is undefined. */
export type Test = (value: unknown) => boolean;

const textTests: Record<string, (text: string, operand: string) => boolean> = {
  prefix: (text, start) => text.startsWith(start),
  suffix: (text, end) => text.endsWith(end),
  'equals-ignore-case': (text, other) => text.toLowerCase() === other.toLowerCase(),
  wildcard(text, pattern) {
    const parts = pattern.split('*').map((part) => part.replaceAll(/[\\^$.|?+()[\]{}]/g, '\\$&'));
    return new RegExp(`^${parts.join('.*')}$`, 's').test(text);
  },
};

function testOf(matcher: unknown): Test {
  if (typeof matcher !== 'object' || matcher === null) return (value) => value === matcher;
  const [[name = '', operand] = [], ...more] = Object.entries(matcher);
  const test = more.length > 0 ? undefined : textTests[name];
  if (test && typeof operand === 'string') return (value) => typeof value === 'string' && test(value, operand);
  if (name === 'exists' && typeof operand === 'boolean') return (value) => (value !== undefined) === operand;
  if (name === 'anything-but') {
    const tests = [operand].flat().map(testOf);
    return (value) => value !== undefined && !tests.some((excluded) => excluded(value));
  }
  const known = [...Object.keys(textTests), 'exists', 'anything-but'];
  throw new Error(`${JSON.stringify(matcher)}, expected a value or one of ${known.join(', ')}`);
}

/**
 * Reads an event pattern, without `numeric` and `cidr`: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
 *
 * @throws what in it is no part of the language that runs here
 */
export function parsePattern(pattern: unknown): Test {
  if (!(pattern instanceof Object)) throw new Error(`${JSON.stringify(pattern)}, expected it in a list`);
  const tests = Object.entries(pattern).map(([name, inner]): Test => {
    if (name === '$or') {
      const ways = [inner].flat().map(parsePattern);
      return (value) => ways.some((way) => way(value));
    }
    const ways = Array.isArray(inner) ? inner.map(testOf) : [parsePattern(inner)];
    return (value) => {
      const field: unknown = Object.getOwnPropertyDescriptor(Object(value), name)?.value;
      return [field].flat().some((item) => ways.some((way) => way(item)));
    };
  });
  return (value) => tests.every((test) => test(value));
}
