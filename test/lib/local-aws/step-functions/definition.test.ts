import { describe, expect, it } from 'vitest';
import { parseDefinition } from '../../../../lib/local-aws/step-functions/definition.ts';

const jsonata = { QueryLanguage: 'JSONata', StartAt: 'S' };
const Resource = 'arn:aws:states:::lambda:invoke';
const task = { Type: 'Task', Resource, Arguments: { FunctionName: 'f' }, End: true };
const inner = { StartAt: 'T', States: { T: { Type: 'Pass', End: true } } };
const each = { Type: 'Map', ItemProcessor: inner, End: true };

describe('parseDefinition', () => {
  it.each([
    ['what is not JSON', 'nonsense', 'not valid JSON'],
    ['JSONPath', { StartAt: 'S', States: { S: { Type: 'Pass', End: true } } }, 'at QueryLanguage: expected "JSONata"'],
    [
      'a JSONPath state',
      { ...jsonata, States: { S: { ...task, QueryLanguage: 'JSONPath' } } },
      'States.S.QueryLanguage',
    ],
    [
      'an expression that does not parse',
      { ...jsonata, States: { S: { ...task, Output: '{% 1 + %}' } } },
      'end of expression',
    ],
    ['a missing start', { ...jsonata, States: { T: { Type: 'Succeed' } } }, 'no state "S"'],
    ['a missing target', { ...jsonata, States: { S: { Type: 'Pass', Next: 'T' } } }, 'no state "T"'],
    [
      'a missing target of a rule',
      { ...jsonata, States: { S: { Type: 'Choice', Choices: [{ Condition: '{% true %}', Next: 'T' }] } } },
      'no state "T"',
    ],
    [
      'a missing target of a Default',
      {
        ...jsonata,
        States: { S: { Type: 'Choice', Choices: [{ Condition: '{% true %}', Next: 'S' }], Default: 'T' } },
      },
      'no state "T"',
    ],
    [
      'a missing target of a catcher',
      { ...jsonata, States: { S: { ...task, Catch: [{ ErrorEquals: ['States.ALL'], Next: 'T' }] } } },
      'no state "T"',
    ],
    [
      'a target outside of a branch',
      { ...jsonata, States: { S: { ...each, ItemProcessor: { ...inner, StartAt: 'S' } } } },
      'at States.S.ItemProcessor: there is no state "S"',
    ],
    ['a state without an exit', { ...jsonata, States: { S: { Type: 'Pass' } } }, '"S" must have either Next or End'],
    [
      'a state with two exits',
      { ...jsonata, States: { S: { ...task, Next: 'S' } } },
      '"S" must have either Next or End',
    ],
    ['a Task without its function', { ...jsonata, States: { S: { ...task, Arguments: {} } } }, 'FunctionName'],
    [
      'another integration',
      { ...jsonata, States: { S: { ...task, Resource: 'arn:aws:states:::sqs:sendMessage' } } },
      'lambda:invoke',
    ],
    ['a heartbeat', { ...jsonata, States: { S: { ...task, HeartbeatSeconds: 5 } } }, 'HeartbeatSeconds'],
    [
      'a label of an inline Map',
      { ...jsonata, States: { S: { ...each, Label: 'L' } } },
      'only a distributed Map has Label',
    ],
    [
      'a timeout of a branch',
      { ...jsonata, States: { S: { ...each, ItemProcessor: { ...inner, TimeoutSeconds: 1 } } } },
      'TimeoutSeconds',
    ],
    [
      'a field of another state',
      { ...jsonata, States: { S: { Type: 'Pass', Seconds: 1, End: true } } },
      'at States.S: Unrecognized key: "Seconds"',
    ],
    [
      'States.ALL beside another name',
      { ...jsonata, States: { S: { ...task, Retry: [{ ErrorEquals: ['A', 'States.ALL'] }] } } },
      'States.S.Retry.0.ErrorEquals',
    ],
  ])('refuses %s in one sentence that says where', (_what, definition, where) => {
    const text = typeof definition === 'string' ? definition : JSON.stringify(definition);

    expect(() => parseDefinition('runs', text)).toThrow('State machine "runs" is refused: ');
    expect(() => parseDefinition('runs', text)).toThrow(where);
  });

  it('takes line breaks in expressions, empty strings and any JSON as Output', () => {
    const states = {
      S: { Type: 'Pass', Output: '{% (\n  $a := 1;\n  $a\n) %}', Next: 'T' },
      T: { Type: 'Pass', Output: { empty: '', list: [] }, Next: 'U' },
      U: { Type: 'Succeed', Output: null },
    };

    const { States } = parseDefinition('runs', JSON.stringify({ ...jsonata, States: states }));

    expect(States.U).toEqual({ Type: 'Succeed', Output: null });
  });
});
