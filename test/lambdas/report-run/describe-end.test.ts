import { describe, expect, it } from 'vitest';
import { describeEnd as describeAnyEnd, type EndFacts } from '../../../lambdas/report-run/describe-end.ts';
import type { Job } from '../../../lambdas/shared/domain/job/job.ts';
import { wouldRefuse } from '../../../lambdas/shared/domain/plan/dry-run.ts';
import { aJob } from '../../support/factories.ts';

const describeEnd = (facts: Omit<EndFacts, 'wasStopped' | 'skipped'> & Partial<EndFacts>) =>
  describeAnyEnd({ wasStopped: false, skipped: { total: 0, byReason: {} }, ...facts });

const counts = (succeeded: number, failed: number, missing: number) => ({
  submitted: succeeded + failed + missing,
  succeeded,
  failed,
  missing,
});
const nothing = counts(0, 0, 0);
const made = (overrides: Partial<Job> = {}) => aJob({ batchJobArn: 'arn:job', ...overrides });
const refusedJob = aJob({ failure: { error: 'JobRefused', reason: 'Bedrock refused it.' } });

describe('the end of a run', () => {
  it.each([
    ['Succeeded', counts(3, 0, 0)],
    ['PartlySucceeded', counts(2, 1, 0)],
    ['PartlySucceeded', counts(2, 0, 1)],
    ['PartlySucceeded', counts(1, 1, 1)],
    ['Failed', counts(0, 3, 0)],
    ['Failed', counts(0, 0, 3)],
    ['Failed', counts(0, 1, 2)],
    ['NothingToDo', nothing],
  ])('is %s with %j', (status, records) => {
    expect(describeEnd({ records, jobs: records === nothing ? [] : [made()] }).status).toBe(status);
  });

  it('has no reason when all is well', () => {
    expect(describeEnd({ records: counts(3, 0, 0), jobs: [made()] })).toEqual({ status: 'Succeeded' });
    expect(describeEnd({ records: nothing, jobs: [] })).toEqual({ status: 'NothingToDo' });
  });

  it('says the counts and where to look when records failed in a job that did not', () => {
    expect(describeEnd({ records: counts(2, 1, 1), jobs: [made()] }).reason).toBe(
      '2 of 4 records succeeded, 1 failed and 1 are missing: the ledger has the reason of each.',
    );
  });

  it('says the reason of the first job that has one', () => {
    const failure = { error: 'JobFailed', reason: 'the role cannot read the bucket' };

    expect(describeEnd({ records: counts(0, 0, 2), jobs: [made(), made({ failure })] })).toEqual({
      status: 'Failed',
      reason: '0 of 2 records succeeded, 0 failed and 2 are missing: the role cannot read the bucket',
    });
  });
});

it('the end says how many may succeed but were not sent again', () => {
  const facts = { records: counts(2, 3, 0), jobs: [made()], notSentAgain: 3 };

  const { status, reason } = describeEnd(facts);

  expect(status).toBe('PartlySucceeded');
  expect(reason).toContain('3 of them may succeed but were not sent again');
  expect(describeEnd({ ...facts, notSentAgain: 0 }).reason).not.toContain('sent again');
});

describe('a run without records', () => {
  it('is Planned when it was a dry run, unless it was refused or stopped', () => {
    const dryRun = { records: nothing, jobs: [], isDryRun: true };
    const failure = { error: 'RequestRefused', cause: '{"errorMessage":"Too dear."}' };

    expect(describeEnd(dryRun)).toEqual({ status: 'Planned' });
    expect(describeEnd({ ...dryRun, failure })).toEqual({ status: 'Refused', reason: 'Too dear.' });
    expect(describeEnd({ ...dryRun, wasStopped: true }).status).toBe('Stopped');
  });

  it('is Planned with how much of it the run itself would be refused for', () => {
    const skipped = { total: 5, byReason: { empty: 2, [wouldRefuse('a video of more than 1 GB')]: 3 } };

    expect(describeEnd({ records: nothing, jobs: [], isDryRun: true, skipped })).toMatchObject({
      status: 'Planned',
      reason: expect.stringContaining('refused for 3'),
    });
  });

  it.each(['RequestRefused', 'TooManyTurns'])('is Refused when its plan ended with %s, with the sentence', (error) => {
    const failure = { error, cause: '{"errorMessage":"No media."}' };

    expect(describeEnd({ records: nothing, jobs: [], failure })).toEqual({ status: 'Refused', reason: 'No media.' });
  });

  it.each(['Throttled', 'Sandbox.Timedout', 'States.Runtime'])('is Failed when its plan failed with %s', (error) => {
    expect(describeEnd({ records: nothing, jobs: [], failure: { error, cause: 'in plain words' } })).toEqual({
      status: 'Failed',
      reason: 'in plain words',
    });
  });
});

describe('a run whose jobs could not be made', () => {
  it('is Refused when that was final for every one of them', () => {
    const endless = aJob({ failure: { error: 'TooManyTurns', reason: 'It did not end.' } });
    expect(describeEnd({ records: counts(0, 0, 2), jobs: [refusedJob, endless] })).toEqual({
      status: 'Refused',
      reason: 'Bedrock refused it.',
    });
  });

  it.each([
    ['one was made', [refusedJob, made()]],
    ['one was made and then refused to go on', [made({ failure: refusedJob.failure })]],
    ['one only waited too long', [refusedJob, aJob({ failure: { error: 'FolderBusy', reason: 'waited' } })]],
  ])('is Failed when %s', (_, jobs) => {
    expect(describeEnd({ records: counts(0, 0, 2), jobs }).status).toBe('Failed');
  });
});

describe('a run whose Map failed', () => {
  const failure = { error: 'States.DataLimitExceeded', cause: 'too much data' };

  it('is what its records are, with the reason where they are not all well', () => {
    expect(describeEnd({ records: counts(3, 0, 0), jobs: [made()], failure })).toEqual({ status: 'Succeeded' });
    expect(describeEnd({ records: counts(1, 0, 2), jobs: [made()], failure })).toEqual({
      status: 'PartlySucceeded',
      reason: '1 of 3 records succeeded, 0 failed and 2 are missing: too much data',
    });
  });
});

describe('a run that was stopped by a user', () => {
  it.each([
    [counts(2, 0, 1), 'The run was stopped by a user: 2 of 3 records succeeded, 0 failed and 1 are missing.'],
    [counts(3, 0, 0), 'The run was stopped by a user: 3 of 3 records succeeded, 0 failed and 0 are missing.'],
    [nothing, 'The run was stopped by a user: 0 of 0 records succeeded, 0 failed and 0 are missing.'],
  ])('is Stopped, however far it came: %j', (records, reason) => {
    const failure = { error: 'Throttled', cause: 'why' };

    expect(describeEnd({ records, jobs: [refusedJob], wasStopped: true, failure })).toEqual({
      status: 'Stopped',
      reason,
    });
  });
});

describe('a run with further attempts', () => {
  const failure = { error: 'JobFailed', reason: 'too large for the root' };
  const collected = {
    ledgerKey: 'l',
    records: counts(0, 0, 2),
    ...{
      skipped: 0,
      retryable: 2,
      inputTokens: 0,
      outputTokens: 0,
      outputLines: 0,
      duplicateLines: 0,
      foreignLines: 0,
      foreignFiles: [],
    },
  };

  it('does not end for the reason of a job whose records were sent again', () => {
    const jobs = [made({ failure, collected }), made({ attempt: 2, jobName: 'media-r2-1' })];

    expect(describeEnd({ records: counts(1, 1, 0), jobs }).reason).toBe(
      '1 of 2 records succeeded, 1 failed and 0 are missing: the ledger has the reason of each.',
    );
    expect(describeEnd({ records: counts(0, 0, 2), jobs: jobs.slice(0, 1) }).reason).toContain(
      'too large for the root',
    );
  });

  it('whose next one could not be planned is what its records are', () => {
    const refused = { error: 'RequestRefused', cause: '{"errorMessage":"No."}' };

    expect(describeEnd({ records: counts(1, 0, 1), jobs: [made()], failure: refused }).status).toBe('PartlySucceeded');
  });
});
