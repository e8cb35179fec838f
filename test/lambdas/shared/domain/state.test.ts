import { describe, expect, it } from 'vitest';
import * as state from '../../../../lambdas/shared/domain/state.ts';

const reference = { runId: 'r', jobName: 'j' };

describe('what the states hand each other', () => {
  it.each([
    ['a job reference', state.jobReferenceSchema, { runId: 'r' }],
    ['a job reference with more in it', state.jobReferenceSchema, { ...reference, request: {} }],
    [
      'a poll that waits no time',
      state.pollJobOutputSchema,
      { ...reference, batchJobArn: 'arn', status: 'InProgress', over: false, waitSeconds: 0 },
    ],
    [
      'a poll with an unknown status',
      state.pollJobOutputSchema,
      { ...reference, batchJobArn: 'arn', status: 'Done', over: true, waitSeconds: 1 },
    ],
    [
      'a turn before the first',
      state.collectResultsSchema,
      { ...reference, checkpoint: { turn: 0, lines: 0, claims: 0 } },
    ],
    ['half a failure', state.settleJobInputSchema, { ...reference, failure: { error: 'Throttled' } }],
  ])('refuses %s', (_, schema, value) => {
    expect(schema.safeParse(value).success).toBe(false);
  });

  it('lets a job be settled without a failure', () => {
    expect(state.settleJobInputSchema.parse(reference)).toEqual(reference);
  });

  it.each([
    ['a request', { media: { prefixes: [''] } }, 'nightly'],
    ['what is no request at all', 'hello', 'nightly'],
    ['the run that recovery resumes', { resume: 'last-week' }, 'last-week'],
    ['a request with a field of that name', { resume: 'x', media: {} }, 'nightly'],
  ])('tell the run of an execution by %s', (_, input, runId) => {
    expect(state.runIdOf({ executionName: 'nightly', input })).toBe(runId);
  });
});
