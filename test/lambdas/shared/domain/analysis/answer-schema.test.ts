import { describe, expect, it } from 'vitest';
import { builtInAnalyses } from '../../../../../lambdas/plan-run/request/built-in-analyses.ts';
import {
  compileAnswerSchema,
  refuseBrokenSchema,
} from '../../../../../lambdas/shared/domain/analysis/answer-schema.ts';
import { expectOneSentence } from '../../../../support/one-sentence.ts';

const draft07 = 'http://json-schema.org/draft-07/schema#';

function refusalOf(schema: Parameters<typeof compileAnswerSchema>[0]): string {
  try {
    refuseBrokenSchema({ name: 'shots', schema });
  } catch (error) {
    if (error instanceof Error && error.name === 'RequestRefused') return error.message;
    throw error;
  }
  return 'not refused';
}

/** As deep as a request may go: JSON that is parsed, and not written by a program. */
const nested = (levels: number) => JSON.parse(`${'{"properties":{"a":'.repeat(levels)}{}${'}}'.repeat(levels)}`);

describe('a schema for answers', () => {
  it.each([
    ['draft 2020-12 where it says nothing', { prefixItems: [{ type: 'string' }], items: false }, ['a'], ['a', 'b']],
    [
      'draft 2020-12 where it says so',
      { $schema: 'https://json-schema.org/draft/2020-12/schema', dependentRequired: { a: ['b'] } },
      { a: 1, b: 2 },
      { a: 1 },
    ],
    ['draft-07 where it says so', { $schema: draft07, items: [{ type: 'string' }] }, ['a'], [1]],
    ['keywords that nobody knows', { type: 'string', example: 'x', 'x-order': 1 }, 'a', 1],
    ['formats', { type: 'string', format: 'date' }, '2026-11-02', 'yesterday'],
    ['formats that nobody knows', { type: 'string', format: 'mood' }, 'sad', 1],
    [
      'references to itself',
      { properties: { next: { $ref: '#' } }, required: ['a'] },
      { a: 1, next: { a: 1 } },
      { a: 1, next: {} },
    ],
    ['what every object has from JavaScript', { required: ['constructor'] }, { constructor: 1 }, {}],
  ])('is of %s', (_, schema, right, wrong) => {
    const check = compileAnswerSchema(schema);

    expect(check(right)).toEqual([]);
    expect(check(wrong)).toHaveLength(1);
  });

  it('takes "__proto__" of schema and answer for the names that they are, and harms nobody', () => {
    const check = compileAnswerSchema(
      JSON.parse('{"properties":{"__proto__":{"type":"string"}},"required":["__proto__"]}'),
    );

    check(JSON.parse('{"__proto__":{"polluted":true}}'));

    expect(check({})).toEqual(["The answer must have required property '__proto__'."]);
    expect(Object('').polluted).toBeUndefined();
  });

  it('says each mismatch in a sentence with its place, at most twenty and none twice', () => {
    const check = compileAnswerSchema({
      properties: { kind: { enum: ['a', 'b'] }, shots: { items: { required: ['seconds'], type: 'object' } } },
      additionalProperties: false,
    });

    expect(check({ kind: 'c', mood: 1, shots: [{}] })).toEqual([
      'The answer must NOT have additional properties ("mood").',
      '/kind must be equal to one of the allowed values (["a","b"]).',
      "/shots/0 must have required property 'seconds'.",
    ]);
    expect(check({ shots: Array(1000).fill({}) })).toHaveLength(20);
  });

  it('has sentences of at most 300 characters, whatever names an answer makes up', () => {
    const check = compileAnswerSchema({ additionalProperties: { type: 'string' } });

    expect(check({ ['x'.repeat(1_000_000)]: 1 })[0]?.length).toBeLessThan(310);
  });

  it('is told only the first mismatch of a very large answer, of which all would fill the memory', () => {
    const check = compileAnswerSchema({ items: { type: 'string' } });

    expect(check(Array(200_000).fill(1))).toEqual(['/0 must be string.']);
  });

  it('with a regular expression that backtracks for ever costs half a second an answer, and says so', () => {
    const check = compileAnswerSchema({ pattern: '^(a+)+$' });

    expect(check('aaa')).toEqual([]);
    expect(check(`${'a'.repeat(50)}!`)).toEqual([expect.stringContaining('was not fully checked')]);
  });
});

describe('a schema that no answer could be checked with', () => {
  it.each([
    [{ type: 'objekt' }, 'schema is invalid: data/type must be equal to one of the allowed values'],
    [{ items: [{ type: 'string' }] }, 'schema is invalid: data/items must be object,boolean'],
    [{ $ref: 'https://example.com/shots.json' }, "can't resolve reference https://example.com/shots.json"],
    [{ pattern: '(' }, 'Invalid regular expression'],
    [{ $async: true }, '"$async" is no keyword of JSON Schema'],
    [
      { $schema: 'http://json-schema.org/draft-04/schema#' },
      'unknown "$schema" "http://json-schema.org/draft-04/schema#"',
    ],
    [{ $schema: 7 }, 'unknown "$schema" 7'],
    [nested(20_000), 'Maximum call stack size exceeded'],
  ])('is refused in one sentence with the fix: %#', (schema, why) => {
    const sentence = refusalOf(schema);

    expect(sentence).toContain(`The schema of analysis "shots" cannot be used (${why}`);
    expect(sentence).toContain('"$schema"');
    expectOneSentence(sentence);
  });

  it('is not one that is not there', () => {
    expect(() => refuseBrokenSchema({ name: 'summary', schema: undefined })).not.toThrow();
  });
});

it.each(builtInAnalyses)('the schema of the built-in analysis $name is one', (analysis) => {
  expect(() => refuseBrokenSchema(analysis)).not.toThrow();
});
