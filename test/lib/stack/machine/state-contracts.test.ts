import jsonata from 'jsonata';
import { expect, test } from 'vitest';
import { z } from 'zod';
import {
  collectResultsSchema,
  jobReferenceSchema,
  planRunInputSchema,
  planRunOutputSchema,
  pollJobInputSchema,
  prepareJobInputSchema,
  reportRunInputSchema,
  settleJobInputSchema,
} from '../../../../lambdas/shared/domain/state.ts';
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

/** Evaluates an expression of the definition as Step Functions does, with the given `$states`. */
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

/** The state that a choice leads to. */
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
const checkpoint = { turn: 2, claimed: 1200, ledgerKeys: ['runs/nightly/unsent'], lastKey: 'proxies/C0126.MP4' };
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
    input: { ...reference, checkpoint },
    schema: prepareJobInputSchema,
    payload: { ...reference, executionArn: execution.Id, checkpoint },
  },
  {
    label: 'Settle job',
    when: 'there is nothing to send',
    input: { ...reference, next: 'settle' },
    schema: settleJobInputSchema,
    payload: reference,
  },
  {
    label: 'Start job',
    when: 'the job is prepared',
    input: { ...reference, next: 'start' },
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
    when: 'the job is settled',
    input: reference,
    schema: collectResultsSchema,
    payload: reference,
  },
  {
    label: 'Collect results',
    when: 'another turn is needed',
    input: { ...reference, checkpoint: { turn: 3, lines: 2000, claims: 0 } },
    schema: collectResultsSchema,
    payload: { ...reference, checkpoint: { turn: 3, lines: 2000, claims: 0 } },
  },
])('gives "$label" what its schema takes when $when', async ({ label, input, schema, payload }) => {
  const actual = await payloadOf(label, input);

  expect(schema.parse(actual)).toEqual(payload);
});

test('hands the failure of "Plan run" to the report', async () => {
  expect(await caughtOutputOf('Plan run', { anything: true })).toEqual({ failure });
});

test.each([
  {
    state: 'Planned?',
    output: { runId: 'nightly', jobs: [], jobsAtOnce: 1 },
    again: 'Plan run',
    on: 'Anything to do?',
  },
  { state: 'Prepared?', output: { ...reference, next: 'start' }, again: 'Prepare job', on: 'Start job' },
  { state: 'Prepared?', output: { ...reference, next: 'settle' }, again: 'Prepare job', on: 'Settle job' },
  { state: 'Everything collected?', output: reference, again: 'Collect results', on: 'Job done' },
])(
  'goes from "$state" to "$again" while there is a checkpoint, then to "$on"',
  async ({ state, output, again, on }) => {
    expect(await nextOf(state, { ...reference, checkpoint })).toBe(again);
    expect(await nextOf(state, output)).toBe(on);
  },
);

test.each(['Prepare job', 'Settle job', 'Collect results'])('hands on what "%s" returns as it is', async (label) => {
  const payload = { ...reference, checkpoint };

  expect(await outputOf(label, reference, payload)).toEqual(payload);
});

test.each(['Prepare job', 'Start job', 'Poll job'])('hands the failure of "%s" on with its job', async (label) => {
  expect(await caughtOutputOf(label, polled)).toEqual({ ...reference, failure });
});

test('hands on a failure for which AWS gives no cause', async () => {
  const timeout: { Error: string; Cause?: string } = { Error: 'States.Timeout' };

  const output = await evaluate(states['Poll job']?.Catch[0]?.Output, { input: reference, errorOutput: timeout });

  expect(output).toEqual({ ...reference, failure: { error: 'States.Timeout', cause: '' } });
});

test('begins collecting a job that could not be settled with the first turn', async () => {
  expect(await caughtOutputOf('Settle job', { ...polled, checkpoint })).toEqual(reference);
});

test.each([
  { jobs: [], goes: 'Report run' },
  { jobs: [reference], goes: 'Run jobs' },
  { jobs: [reference, reference], goes: 'Run jobs' },
])('goes from a plan of $jobs.length jobs to "$goes"', async ({ jobs, goes }) => {
  expect(await nextOf('Anything to do?', { runId: 'nightly', jobs, jobsAtOnce: 1 })).toBe(goes);
});

test('gives "Plan run" its checkpoint back', async () => {
  const input = { runId: 'nightly', jobs: [], jobsAtOnce: 1, checkpoint: { turn: 2, attempt: 1, key: 'turn.json' } };

  const actual = await payloadOf('Plan run', input);

  expect(planRunInputSchema.parse(actual)).toEqual({ ...ofExecution, checkpoint: input.checkpoint });
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
