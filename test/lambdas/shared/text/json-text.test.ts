import { describe, expect, it } from 'vitest';
import { parseJson } from '../../../../lambdas/shared/text/json-text.ts';

describe('parsing JSON', () => {
  it.each(['{}', ' [1, "ä"] ', 'null', '"text"', '-1.5e3', '\uFEFF{"a":1}'])('takes %j', (text) => {
    expect(parseJson(text)).toEqual({ value: JSON.parse(text.replace('\uFEFF', '')) });
  });

  it.each([
    ['', 1, 1],
    ['{', 1, 2],
    ['{"a": x}', 1, 7],
    ['{"a":1,}', 1, 8],
    ['{\n  "a": 1\n  "b": 2\n}', 3, 3],
    ['{\r\n  "a": tru\r\n}', 2, 11],
    ["{'a': 1}", 1, 2],
    ['{"a": 1} {"b": 2}', 1, 10],
    ['[01]', 1, 3],
    ['{"a": "one\ntwo"}', 1, 11],
    ['{"a": "\\x"}', 1, 9],
    ['{"a": "no end', 1, 14],
    ['[1, 2\n', 2, 1],
    ['hello', 1, 1],
    [`{${'"name": "value", '.repeat(5000)}\n\n  oops}`, 3, 3],
  ])('says where %j goes wrong', (text, line, column) => {
    expect(parseJson(text)).toMatchObject({ problem: { line, column } });
  });

  it('says why without repeating the text or the place', () => {
    expect(parseJson('{"a": x}')).toMatchObject({ problem: { reason: "Unexpected token 'x'" } });
    expect(parseJson('[1 2]')).toMatchObject({ problem: { reason: "Expected ',' or ']' after array element" } });
  });
});
