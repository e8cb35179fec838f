import jsonata from 'jsonata';
import { expect, test } from 'vitest';
import type { z } from 'zod';
import {
  collectResultsInputSchema,
  jobReferenceSchema,
  planRunInputSchema,
  pollJobInputSchema,
  prepareJobInputSchema,
  reportRunInputSchema,
  settleJobInputSchema,
} from '../../../lambdas/shared/state.ts';
import { readDefinition, type State } from './machine-definition.ts';
import { templateWith } from './stack-template.ts';

const { run, map, job } = readDefinition(templateWith());
const states: Record<string, State> = { ...run.States, ...job.States };

const execution = { Id: 'arn:aws:states:us-east-1:111122223333:execution:M:nightly', Name: 'nightly' };
const context = { Execution: { ...execution, StartTime: '2026-11-22T03:00:00.000Z' } };
const reference = { runId: 'nightly', jobName: 'media-3f9a2c81d0-1' };
const errorOutput = { Error: 'FolderBusy', Cause: '{"errorType":"FolderBusy"}' };
const failure = { error: errorOutput.Error, cause: errorOutput.Cause };

/** Evaluates an expression of the definition as Step Functions does, with what `$states` holds there. */
async function evaluate(expression: unknown, values: Record<string, unknown>): Promise<unknown> {
  const source = /^\{% (.*) %\}$/s.exec(String(expression))?.[1];
  if (source === undefined) throw new Error(`${JSON.stringify(expression)} is no expression.`);
  const value: unknown = await jsonata(source).evaluate({}, { states: { context, ...values } });
  if (value === undefined) throw new Error(`${source} gives nothing, which Step Functions takes for an error.`);
  return JSON.parse(JSON.stringify(value));
}

async function payloadOf(label: string, input: unknown): Promise<unknown> {
  return evaluate(states[label]?.Arguments?.Payload, { input });
}

async function outputOf(label: string, input: unknown, payload: unknown): Promise<unknown> {
  return evaluate(states[label]?.Output, { input, result: { Payload: payload } });
}

async function caughtOutputOf(label: string, input: unknown, thrown = errorOutput): Promise<unknown> {
  return evaluate(states[label]?.Catch[0]?.Output, { input, errorOutput: thrown });
}

const polled = { ...reference, batchJobArn: 'arn:job', status: 'InProgress', over: false, waitSeconds: 30 };

test.each<{ label: string; when: string; input: unknown; schema: z.ZodType; payload: unknown }>([
  {
    label: 'Plan run',
    when: 'starts',
    input: { media: { prefixes: ['proxies/'] } },
    schema: planRunInputSchema,
    payload: {
      runId: 'nightly',
      executionArn: execution.Id,
      startedAt: context.Execution.StartTime,
      request: { media: { prefixes: ['proxies/'] } },
    },
  },
  {
    label: 'Report run',
    when: 'the jobs have run',
    input: {},
    schema: reportRunInputSchema,
    payload: { runId: 'nightly', startedAt: context.Execution.StartTime },
  },
  {
    label: 'Report run',
    when: 'there is nothing to do',
    input: { runId: 'nightly', jobs: [] },
    schema: reportRunInputSchema,
    payload: { runId: 'nightly', startedAt: context.Execution.StartTime },
  },
  {
    label: 'Report run',
    when: 'something failed',
    input: { failure },
    schema: reportRunInputSchema,
    payload: { runId: 'nightly', startedAt: context.Execution.StartTime, failure },
  },
  {
    label: 'Prepare job',
    when: 'starts',
    input: reference,
    schema: prepareJobInputSchema,
    payload: { ...reference, executionArn: execution.Id },
  },
  { label: 'Start job', when: 'the job is prepared', input: reference, schema: jobReferenceSchema, payload: reference },
  {
    label: 'Poll job',
    when: 'it has waited',
    input: polled,
    schema: pollJobInputSchema,
    payload: { ...reference, batchJobArn: 'arn:job' },
  },
  { label: 'Settle job', when: 'the job is over', input: polled, schema: settleJobInputSchema, payload: reference },
  {
    label: 'Settle job',
    when: 'something failed',
    input: { ...reference, failure },
    schema: settleJobInputSchema,
    payload: { ...reference, failure },
  },
  {
    label: 'Collect results',
    when: 'another turn is needed',
    input: { ...reference, turn: 3, linesDone: 2000, done: false },
    schema: collectResultsInputSchema,
    payload: { ...reference, turn: 3, linesDone: 2000 },
  },
])('gives "$label" what its schema takes when $when', async ({ label, input, schema, payload }) => {
  const given = await payloadOf(label, input);

  expect(schema.parse(given)).toEqual(payload);
});

test.each(['Plan run', 'Run jobs'])('hands the failure of "%s" to the report', async (label) => {
  expect(await caughtOutputOf(label, { anything: true })).toEqual({ failure });
});

test.each(['Prepare job', 'Start job', 'Poll job'])('hands the failure of "%s" on with its job', async (label) => {
  expect(await caughtOutputOf(label, polled)).toEqual({ ...reference, failure });
});

test('hands on a failure for which AWS gives no cause', async () => {
  const timeout: { Error: string; Cause?: string } = { Error: 'States.Timeout' };

  const output = await evaluate(states['Poll job']?.Catch[0]?.Output, { input: reference, errorOutput: timeout });

  expect(output).toEqual({ ...reference, failure: { error: 'States.Timeout', cause: '' } });
});

test('begins collecting with the first turn, settled or not', async () => {
  const first = { ...reference, turn: 1, linesDone: 0 };

  expect(await outputOf('Settle job', polled, reference)).toEqual(first);
  expect(await caughtOutputOf('Settle job', polled)).toEqual(first);
});

test('counts the turns of collecting itself, so that they come to an end', async () => {
  const input = { ...reference, turn: 2, linesDone: 1000 };

  const output = await outputOf('Collect results', input, { ...input, linesDone: 1500, done: false });

  expect(output).toEqual({ ...reference, turn: 3, linesDone: 1500, done: false });
});

test.each([
  { jobs: [], goes: 'Report run' },
  { jobs: [reference], goes: 'Run jobs' },
  { jobs: [reference, reference], goes: 'Run jobs' },
])('goes from a plan of $jobs.length jobs to "$goes"', async ({ jobs, goes }) => {
  const choice = states['Anything to do?'];

  const isTrue = await evaluate(choice?.Choices?.[0]?.Condition, { input: { runId: 'nightly', jobs } });

  expect(isTrue ? choice?.Choices?.[0]?.Next : choice?.Default).toBe(goes);
});

test('hands the map a list even when there is one job', async () => {
  expect(await evaluate(map.Items, { input: { runId: 'nightly', jobs: [reference] } })).toEqual([reference]);
});

test.each([
  { status: 'Succeeded', goes: 'Run finished' },
  { status: 'PartlySucceeded', goes: 'Run finished' },
  { status: 'NothingToDo', goes: 'Run finished' },
  { status: 'Refused', goes: 'Run refused' },
  { status: 'Failed', goes: 'Run failed' },
])('ends a run that is $status at "$goes"', async ({ status, goes }) => {
  const choice = states['How did the run end?'];
  const taken = [];
  for (const { Condition, Next } of choice?.Choices ?? []) {
    if (await evaluate(Condition, { input: { status } })) taken.push(Next);
  }

  expect(taken[0] ?? choice?.Default).toBe(goes);
});
