import { describe, expect, it } from 'vitest';
import { fastClock } from '../../../../lib/local-aws/clock.ts';
import { createEvaluate } from '../../../../lib/local-aws/step-functions/jsonata.ts';

const now = Date.UTC(2031, 4, 1, 12);
const evaluate = createEvaluate(fastClock(now));
const inOutput = (template: unknown, variables = {}) => evaluate(template, 'Output', variables);

describe('an expression', () => {
  it.each([
    ['the time', '{% $now() %}', '2031-05-01T12:00:00.000Z'],
    ['the time in a given form', "{% $now('[Y0001] [H01]', '+0200') %}", '2031 14'],
    ['the time in ms', '{% $millis() %}', now],
    ['a range that goes down', '{% $range(5, 1, -2) %}', [5, 3, 1]],
    [
      'parts of a list',
      '{% $partition([1, 2, 3, 4], 2) %}',
      [
        [1, 2],
        [3, 4],
      ],
    ],
    ['a hash', "{% $hash('a', 'MD5') %}", '0cc175b9c0f1b6a831c399e269772661'],
    ['null', "{% $parse('null') %}", null],
    ['a variable', '{% $v.a[0] %}', 1],
    [
      'lists in objects at any depth',
      { a: [{ b: '{% $v.a %}' }, 'text', 5, null] },
      { a: [{ b: [1, 2] }, 'text', 5, null] },
    ],
    ['text that is no expression as it is', ' {% $v %}', ' {% $v %}'],
  ])('evaluates to %s', async (_what, template, expected) => {
    expect(await inOutput(template, { v: { a: [1, 2] } })).toEqual(expected);
  });

  it.each([
    ['nothing', '{% $v.nope %}', 'returned nothing (undefined)'],
    ['the input of JSONata itself', '{% $ %}', 'returned nothing (undefined)'],
    ['a function', '{% $sum %}', 'returned what JSON cannot hold'],
    ['an infinite number', '{% 1 / 0 %}', 'returned what JSON cannot hold'],
    ['text as code', "{% $eval('1') %}", 'non-function'],
    ['chance', '{% $random() %}', 'non-function'],
    ['a partition by 0', '{% $partition([1], 0) %}', 'Invalid array length'],
    ['a range with steps of 0', '{% $range(1, 2, 0) %}', 'Invalid array length'],
    ['an unknown hash', "{% $hash('a', 'CRC32') %}", 'not supported'],
    ['text that is not JSON', "{% $parse('{') %}", 'JSON'],
    ['an argument of another type', "{% $hash(1, 'MD5') %}", 'Argument 1'],
    ['an operator on other types', "{% 1 + 'a' %}", 'operator'],
  ])('does not evaluate %s', async (_what, template, why) => {
    await expect(inOutput({ deep: [template] })).rejects.toMatchObject({
      error: 'States.QueryEvaluationError',
      cause: expect.stringMatching(/^The JSONata expression '.*' specified for the field 'Output\/deep\[0\]' /),
    });
    await expect(inOutput(template)).rejects.toThrow(why);
  });
});
