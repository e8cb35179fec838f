import { describe, expect, it } from 'vitest';
import { jsonReader, jsonReaders } from '../../../lambdas/collect-results/read-json.ts';
import { compileAnswerSchema } from '../../../lambdas/shared/domain/analysis/answer-schema.ts';
import { shotsSchema } from './shots-schema.ts';

const read = jsonReader(compileAnswerSchema(shotsSchema));

describe('the JSON of an answer, of which 14 % did not parse elsewhere', () => {
  it.each([
    ['alone', '{"title":"a"}'],
    ['with space around it', ' \n{"title":"a"}\n'],
    ['in a fence', '```json\n{"title":"a"}\n```'],
    ['in a fence without a language', '```\n{"title":"a"}\n```\n'],
    ['in a fence with Windows line ends', '```json\r\n{"title":"a"}\r\n```'],
    ['in a fence with prose around it', 'Here it is:\n```json\n{"title":"a"}\n```\nAnything else?'],
    ['in a fence that is never closed', '```json\n{"title":"a"}'],
    ['in the second fence', '```\nfirst\n```\n```json\n{"title":"a"}\n```'],
    ['in prose', 'Here it is: {"title":"a"} Anything else?'],
    ['behind brackets of the prose', 'As [1] says of {x}: {"title":"a"} [2]'],
    ['behind a brace that is never closed', 'Of {x I say: {"title":"a"}'],
    ['before another one that does not match', '{"title":"a"}\n{"title":1,"and":"longer"}'],
    ['behind another one that does not match', '{"title":1,"and":"longer"}\n{"title":"a"}'],
    ['behind reasoning in tags', '<thinking>{"title": ?}</thinking>{"title":"a"}'],
    ['behind a byte order mark', '\uFEFF{"title":"a"}'],
  ])('is found %s', (_, text) => {
    expect(read(text)).toEqual({ json: { title: 'a' } });
  });

  it.each(['As [1] says: {"title":"a"}', '{"title":"a"} [1]', '42 or {}: {"title":"a"}'])(
    'is the longest of what matches, where a schema lets much pass: %s',
    (text) => {
      expect(jsonReader(compileAnswerSchema({ properties: { title: { type: 'string' } } }))(text)).toEqual({
        json: { title: 'a' },
      });
    },
  );

  it('keeps fences, braces and quotes that are in its strings', () => {
    const title = '```\n{"a": [}]\\" \u2028 🎬';

    expect(read(`So:\n${JSON.stringify({ title })}\nDone.`)).toEqual({ json: { title } });
  });

  it.each([
    ['cut', '{"title":"a"'],
    ['cut in a string', '{"title":"a'],
    ['with a comma too much', '{"title":"a",}'],
    ['with names and texts in other quotes', "{title: 'a'}"],
    ['with a comment', '{"title":"a" /* the title */}'],
    ['in prose with brackets', 'As [1] says: {"title":"a",} {x}'],
    ['in a fence', '```json\n{"title":"a",}\n```'],
  ])('is repaired where it is broken: %s', (_, text) => {
    expect(read(text)).toEqual({ json: { title: 'a' }, repaired: true });
  });

  it('is repaired as a whole rather than read in part', () => {
    expect(read('{"shots":[{"seconds":1}],"title":"a"b"}')).toEqual({
      json: { shots: [{ seconds: 1 }], title: 'a"b' },
      repaired: true,
    });
  });

  it.each([
    ['{"title":1}', { json: { title: 1 }, schemaErrors: ['/title must be string.'] }],
    ['{"title":1,}', { json: { title: 1 }, repaired: true, schemaErrors: ['/title must be string.'] }],
    ['[]', { json: [], schemaErrors: ['The answer must be object.'] }],
    ['null', { json: null, schemaErrors: ['The answer must be object.'] }],
    ['42', { json: 42, schemaErrors: ['The answer must be object.'] }],
    ['Sorry, no.', { schemaErrors: [expect.stringMatching(/^The answer has no JSON that can be read/)] }],
    ['', { schemaErrors: [expect.stringMatching(/^The answer has no JSON/)] }],
  ])('says why it does not match: %j', (text, expected) => {
    expect(read(text)).toEqual(expected);
  });

  it('may have "__proto__" in it, which stays a name', () => {
    const { json } = jsonReader(compileAnswerSchema({ type: 'object' }))('{"__proto__":{"polluted":1}}');

    expect(JSON.stringify(json)).toBe('{"__proto__":{"polluted":1}}');
    expect(Object('').polluted).toBeUndefined();
  });
});

describe('an answer that means harm', () => {
  const million = 1_000_000;

  it.each([
    ['5 MB of JSON', JSON.stringify({ title: 'x'.repeat(5 * million) }), { json: { title: expect.any(String) } }],
    [
      '5 MB of broken JSON',
      `{"title":"${'x'.repeat(5 * million)}`,
      { schemaErrors: [expect.stringContaining('5000010 characters')] },
    ],
    ['5 MB of braces', '{'.repeat(5 * million), { schemaErrors: [expect.stringContaining('no JSON')] }],
    ['5 MB of quotes', '"'.repeat(5 * million), { schemaErrors: [expect.stringContaining('no JSON')] }],
    ['a million fences', '```\n'.repeat(million), { schemaErrors: [expect.stringContaining('no JSON')] }],
    [
      '100,000 levels',
      '['.repeat(100_000) + ']'.repeat(100_000),
      { schemaErrors: [expect.stringContaining('200 levels')] },
    ],
    [
      '100,000 levels that are never closed',
      '{"a":'.repeat(100_000),
      { schemaErrors: [expect.stringContaining('200 levels')] },
    ],
    [
      'quotes in quotes, of which the repair takes minutes',
      `{"title": "${'b "c" d, '.repeat(100_000)}`,
      { schemaErrors: [expect.stringContaining('no JSON')] },
    ],
  ])('is read to its end all the same: %s', (_, text, expected) => {
    expect(read(text)).toMatchObject(expected);
  });

  it('cannot break a check that runs out of stack', () => {
    const broken = jsonReader(() => {
      throw new RangeError('Maximum call stack size exceeded');
    });

    expect(broken('{}')).toEqual({
      json: {},
      schemaErrors: ['The answer could not be checked (Maximum call stack size exceeded).'],
    });
  });
});

describe('the answers of a job', () => {
  it('are counted where something is wrong with them, and read only where their analysis has a schema', () => {
    const readers = jsonReaders(
      new Map([
        ['shots', { schema: shotsSchema }],
        ['summary', { schema: undefined }],
      ]),
    );

    expect(readers.read('summary', '{}')).toBeUndefined();
    expect(readers.read('unknown', '{}')).toBeUndefined();
    for (const text of ['{"title":"a"}', '{"title":"a",}', '{"title":1}', '{"title":1,}', 'no'])
      readers.read('shots', text);

    expect(readers.counts()).toEqual({ repaired: 2, invalid: 3 });
    expect(jsonReaders(new Map([['summary', {}]])).counts()).toBeUndefined();
  });

  it('are kept where their schema was planned before anybody looked at it', () => {
    const readers = jsonReaders(new Map([['shots', { schema: { type: 'objekt' } }]]));

    expect(readers.read('shots', '{"a":1}')).toMatchObject({
      json: { a: 1 },
      schemaErrors: [expect.stringContaining('its schema cannot be used')],
    });
  });
});
