import jsonata from 'jsonata';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { errorNames } from '../../../../lambdas/shared/domain/errors/errors.ts';
import {
  collectResultsInputSchema,
  jobReferenceSchema,
  planRunInputSchema,
  planRunOutputSchema,
  pollJobInputSchema,
  prepareJobInputSchema,
  reportRunInputSchema,
  settleJobInputSchema,
} from '../../../../lambdas/shared/domain/state.ts';
import { maxPrepareTurns } from '../../../../lib/stack/machine/job-workflow.ts';
import { expectOneSentence } from '../../../support/one-sentence.ts';
import { templateWith } from '../stack-template.ts';
import { readDefinition, type State } from './machine-definition.ts';

const { run, map, job } = readDefinition(templateWith());
const states: Record<string, State> = { ...run.States, ...job.States };

const execution = { Id: 'arn:aws:states:us-east-1:111122223333:execution:M:nightly', Name: 'nightly' };
const request = { media: { prefixes: ['proxies/'] } };
const context = { Execution: { ...execution, Input: request, StartTime: '2026-11-22T03:00:00.000Z' } };
const ofExecution = {
  executionArn: execution.Id,
  executionName: execution.Name,
  startedAt: context.Execution.StartTime,
  input: request,
};
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

/** Where a choice leads. */
async function nextOf(label: string, input: unknown): Promise<string | undefined> {
  const { Choices = [], Default } = states[label] ?? {};
  for (const { Condition, Next } of Choices) {
    if (await evaluate(Condition, { input })) return Next;
  }
  return Default;
}

async function caughtOutputOf(label: string, input: unknown, thrown = errorOutput): Promise<unknown> {
  return evaluate(states[label]?.Catch[0]?.Output, { input, errorOutput: thrown });
}

const dispatch = { attempt: 2, count: 1 };
const cursor = { recordsDone: 1200, ledgerKeys: ['runs/nightly/unsent'], scannedTo: 'proxies/C0126.MP4' };
const polled = { ...reference, batchJobArn: 'arn:job', status: 'InProgress', over: false, waitSeconds: 30 };

test.each<{ label: string; when: string; input: unknown; schema: z.ZodType; payload: unknown }>([
  {
    label: 'Plan run',
    when: 'starts',
    input: request,
    schema: planRunInputSchema,
    payload: ofExecution,
  },
  {
    label: 'Plan run',
    when: 'the jobs have run',
    input: { dispatch },
    schema: planRunInputSchema,
    payload: { ...ofExecution, dispatch },
  },
  {
    label: 'Report run',
    when: 'there is nothing to do',
    input: { runId: 'nightly', jobs: [], jobsAtOnce: 1 },
    schema: reportRunInputSchema,
    payload: ofExecution,
  },
  {
    label: 'Report run',
    when: 'something failed',
    input: { failure },
    schema: reportRunInputSchema,
    payload: { ...ofExecution, failure },
  },
  {
    label: 'Prepare job',
    when: 'starts',
    input: reference,
    schema: prepareJobInputSchema,
    payload: { ...reference, executionArn: execution.Id },
  },
  {
    label: 'Prepare job',
    when: 'another turn is needed',
    input: { ...reference, next: 'prepare', cursor, turn: 1 },
    schema: prepareJobInputSchema,
    payload: { ...reference, executionArn: execution.Id, cursor },
  },
  {
    label: 'Settle job',
    when: 'there is nothing to send',
    input: { ...reference, next: 'settle', turn: 1 },
    schema: settleJobInputSchema,
    payload: reference,
  },
  {
    label: 'Start job',
    when: 'the job is prepared',
    input: { ...reference, next: 'start', turn: 1 },
    schema: jobReferenceSchema,
    payload: reference,
  },
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
  const actual = await payloadOf(label, input);

  expect(schema.parse(actual)).toEqual(payload);
});

test('hands the failure of "Plan run" to the report', async () => {
  expect(await caughtOutputOf('Plan run', { anything: true })).toEqual({ failure });
});

test('counts the turns of preparing itself, and keeps where the last one stopped', async () => {
  const first = await outputOf('Prepare job', reference, { ...reference, next: 'prepare', cursor });
  const last = await outputOf('Prepare job', first, { ...reference, next: 'start' });

  expect(first).toEqual({ ...reference, next: 'prepare', cursor, turn: 1 });
  expect(last).toEqual({ ...reference, next: 'start', turn: 2 });
});

test.each([
  { next: 'start', turn: 1, goes: 'Start job' },
  { next: 'start', turn: maxPrepareTurns, goes: 'Start job' },
  { next: 'settle', turn: maxPrepareTurns, goes: 'Settle job' },
  { next: 'prepare', turn: maxPrepareTurns - 1, goes: 'Prepare job' },
  { next: 'prepare', turn: maxPrepareTurns, goes: 'Settle job' },
])('goes from "$next" in turn $turn to "$goes"', async ({ next, turn, goes }) => {
  expect(await nextOf('Prepared?', { ...reference, next, turn })).toBe(goes);
});

test('settles a job whose preparing comes to no end as one that was refused, in one sentence', async () => {
  const output = await evaluate(states['Prepared?']?.Output, { input: { ...reference, next: 'prepare', turn: 20 } });

  const { failure: told } = settleJobInputSchema.parse(output);
  expect(output).toEqual({ ...reference, failure: told });
  expect(told?.error).toBe(errorNames.jobRefused);
  expectOneSentence(told?.cause ?? '');
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
  expect(await nextOf('Anything to do?', { runId: 'nightly', jobs, jobsAtOnce: 1 })).toBe(goes);
});

test('plans in turns while the plan hands on a cursor', async () => {
  const plan = { runId: 'nightly', jobs: [], jobsAtOnce: 1 };
  const input = { ...plan, cursor: { attempt: 1, turnKey: 'turn.json', turnsDone: 1 } };

  expect(await nextOf('Planned?', input)).toBe('Plan run');
  expect(await nextOf('Planned?', plan)).toBe('Anything to do?');
  const actual = await evaluate(String(states['Plan run']?.Arguments?.Payload), { input, context });
  expect(actual).toEqual({ ...ofExecution, cursor: input.cursor });
});

test('takes no dispatch from a request, whatever it says', async () => {
  const input = { ...request, dispatch: 'many' };
  const source = String(states['Plan run']?.Arguments?.Payload);

  const actual = await evaluate(source, { input, context: { Execution: { ...context.Execution, Input: input } } });

  expect(actual).toEqual({ ...ofExecution, input });
});

test('hands the dispatch on from one plan to the next, however the jobs ended', async () => {
  const input = { runId: 'nightly', jobs: [reference], jobsAtOnce: 1, dispatch };
  const runJobs = states['Run jobs'];

  for (const output of [runJobs?.Output, runJobs?.Catch[0]?.Output]) {
    const { dispatch: expression, ...others } = z.object({ dispatch: z.string() }).parse(output);
    expect(others).toEqual({});
    expect(await evaluate(expression, { input, errorOutput })).toEqual(dispatch);
  }
});

test('hands the map a list even when there is one job, and how many go at the same time', async () => {
  const input = planRunOutputSchema.parse({ runId: 'nightly', jobs: [reference], jobsAtOnce: 3 });

  expect(await evaluate(map.Items, { input })).toEqual([reference]);
  expect(await evaluate(map.MaxConcurrency, { input })).toBe(3);
});

test.each([
  { status: 'Succeeded', goes: 'Run finished' },
  { status: 'PartlySucceeded', goes: 'Run finished' },
  { status: 'NothingToDo', goes: 'Run finished' },
  { status: 'Planned', goes: 'Run finished' },
  { status: 'Stopped', goes: 'Run finished' },
  { status: 'Refused', goes: 'Run refused' },
  { status: 'Failed', goes: 'Run failed' },
])('ends a run that is $status at "$goes"', async ({ status, goes }) => {
  expect(await nextOf('How did the run end?', { status })).toBe(goes);
});
