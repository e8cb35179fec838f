import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Clock, fastClock } from '../../lib/local-aws/clock.ts';
import { parseDefinition } from '../../lib/local-aws/step-functions/definition.ts';
import type { ExecutionRecord } from '../../lib/local-aws/step-functions/execution-files.ts';
import { createExecutions } from '../../lib/local-aws/step-functions/executions.ts';
import type { InvokeFunction } from '../../lib/local-aws/step-functions/run.ts';
import { TaskError } from '../../lib/local-aws/step-functions/task-error.ts';
import { openAccess } from '../support/administrator.ts';
import file from './asl-cases.json' with { type: 'json' };

const outcomeSchema = z.strictObject({
  result: z.unknown().optional(),
  resultOfBytes: z.number().optional(),
  error: z.string().optional(),
  cause: z.string().optional(),
  takesSeconds: z.number().optional(),
  count: z.string().optional(),
});
const caseSchema = z.strictObject({
  name: z.string(),
  definition: z.looseObject({}),
  input: z.unknown(),
  tasks: z.record(z.string(), z.array(outcomeSchema)).default({}),
  expect: z.strictObject({
    status: z.string(),
    output: z.unknown().optional(),
    error: z.string().optional(),
    cause: z.string().optional(),
    virtualSeconds: z.number().optional(),
  }),
});
type Case = z.infer<typeof caseSchema>;

const cases = z.array(caseSchema).parse(file.cases);
const refusedAtCreate = 'JSONata later than 2.0.6 is refused';
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'asl-cases-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Each Task state's function answers what its case says, call by call; the last answer repeats. */
function scriptedFunctions(clock: Clock, tasks: Case['tasks']): InvokeFunction {
  const calls = new Map<string, number>();
  return async (stateName) => {
    const count = (calls.get(stateName) ?? 0) + 1;
    calls.set(stateName, count);
    const script = tasks[stateName] ?? [];
    const outcome = script[Math.min(count, script.length) - 1];
    if (outcome?.takesSeconds) await clock.sleep(1000 * outcome.takesSeconds);
    if (outcome?.error) throw new TaskError(outcome.error, outcome.cause);
    const result = outcome?.resultOfBytes ? 'x'.repeat(outcome.resultOfBytes) : outcome?.result;
    return JSON.stringify((outcome?.count ? { [outcome.count]: count } : result) ?? null);
  };
}

/**
 * A case has results of tasks, and here a function answers the payload in a result; each function has its state's name.
 */
function withFunctions(definition: object): string {
  return JSON.stringify(definition, (name, value) => {
    if (name !== 'States')
      return typeof value === 'string' ? value.replaceAll(/\$states\.result\b/g, '$&.Payload') : value;
    const states = Object.entries<Record<string, unknown>>(value).map(([stateName, state]) => {
      const Arguments = { FunctionName: stateName, Payload: '{% $states.input %}' };
      const task = { Output: '{% $states.result %}', ...state, Arguments };
      return [stateName, state.Type === 'Task' ? task : state];
    });
    return Object.fromEntries(states);
  });
}

function execute({ definition, input, tasks }: Case): Promise<ExecutionRecord> {
  const clock = fastClock(Date.UTC(2031, 0, 1));
  const ended = Promise.withResolvers<ExecutionRecord>();
  const executions = createExecutions({
    clock,
    folder: mkdtempSync(join(folder, 'case-')),
    invokeFunction: scriptedFunctions(clock, tasks),
    access: openAccess,
    newId: randomUUID,
    onStatusChange(record) {
      if (record.status !== 'RUNNING') ended.resolve(record);
    },
  });
  const workflow = parseDefinition('case', withFunctions(definition));
  const machine = {
    arn: 'arn:aws:states:us-east-1:000000000000:stateMachine:case',
    roleArn: '',
    workflow,
  };
  executions.start({ machine, input: JSON.stringify(input) });
  return ended.promise;
}

describe('the interpreter of the States Language', () => {
  it('has 25 cases', () => expect(cases).toHaveLength(25));

  it.each(cases.filter(({ name }) => name !== refusedAtCreate))('$name', async (aslCase) => {
    const { status, output, error, cause, startDate, stopDate = Number.NaN } = await execute(aslCase);

    const wanted = aslCase.expect;
    expect({ status, error, cause }).toMatchObject(
      JSON.parse(JSON.stringify({ status: wanted.status, error: wanted.error, cause: wanted.cause })),
    );
    if (wanted.output !== undefined) expect(JSON.parse(output ?? 'null')).toEqual(wanted.output);
    if (wanted.virtualSeconds !== undefined) expect(stopDate - startDate).toBe(1000 * wanted.virtualSeconds);
  });

  it.each(cases.filter(({ name }) => name === refusedAtCreate))('$name', async (aslCase) => {
    expect(() => execute(aslCase)).toThrow(/^State machine "case" is refused: .*"\?"/);
  });
});
