import { describe, expect, it } from 'vitest';
import { isRetryableError, type MissingFacts, missingOf } from '../../../lambdas/collect-results/retryable.ts';
import { bedrockStatusSchema, statusMeaning } from '../../../lambdas/shared/domain/job/bedrock-status.ts';

describe('a record with an error', () => {
  it.each([
    { errorCode: 429 },
    { errorCode: '429' },
    { errorCode: 500 },
    { errorCode: 503 },
    { errorCode: 599 },
    { errorCode: 'ThrottlingException' },
    { errorCode: 'InternalServerException' },
    { errorCode: 'ServiceUnavailableException' },
    { errorCode: 'ModelNotReadyException' },
    { errorCode: 400, retryable: true },
    { errorCode: 400, expired: true },
    { errorCode: 500, retryable: false, expired: false },
  ])('may succeed if it is sent again: %j', (error) => {
    expect(isRetryableError(error)).toBe(true);
  });

  it.each([
    {},
    { errorCode: null },
    { errorCode: 400 },
    { errorCode: 403 },
    { errorCode: 408 },
    { errorCode: 428 },
    { errorCode: 430 },
    { errorCode: 499 },
    { errorCode: 600 },
    { errorCode: '' },
    { errorCode: 'ValidationException' },
    { errorCode: 400, retryable: false, expired: false },
    { errorCode: 400, retryable: 'true', expired: 1 },
    { errorMessage: 'ThrottlingException: 429' },
  ])('is not paid for twice where it would only fail again: %j', (error) => {
    expect(isRetryableError(error)).toBe(false);
  });
});

const made = { batchJobArn: 'arn:job', layout: 'root' } as const;
const counters = { total: 100, processed: 3, succeeded: 3, failed: 0 };
const failureOf = (error: string, reason = 'why') => ({ error, reason });
const tooLarge = failureOf('JobFailed', 'The size of the input, 7 GB, exceeds the limit of 5 GB');

describe('a record without an answer', () => {
  it.each<[string, MissingFacts]>([
    ['the job completed', { ...made, status: 'Completed' }],
    ['the job ran out of time', { ...made, status: 'PartiallyCompleted' }],
    ['the job never began', { ...made, status: 'Expired' }],
    ['somebody else ran in it', { ...made, status: 'Stopped', failure: failureOf('ForeignInput') }],
    ['a step gave up and stopped it', { ...made, status: 'Stopped', failure: failureOf('Sandbox.Timedout') }],
    ['the job failed in its middle', { ...made, status: 'Failed', counters, failure: failureOf('JobFailed') }],
    ['a step gave up before it was made', { layout: 'root', status: 'Waiting', failure: failureOf('Throttled') }],
  ])('is sent again where %s', (_, job) => {
    expect(missingOf(job, false).isRetryable).toBe(true);
    expect(missingOf({ ...job, stopRequested: true }, false).isRetryable).toBe(false);
  });

  it.each<[string, MissingFacts]>([
    ['a person stopped the job at Bedrock', { ...made, status: 'Stopped' }],
    ['Bedrock says why it was stopped', { ...made, status: 'Stopped', failure: failureOf('JobStopped') }],
    ['the job was long overdue', { ...made, status: 'Stopped', failure: failureOf('JobRefused') }],
    ['the job failed while it was validated', { ...made, status: 'Failed', failure: failureOf('JobFailed') }],
    ['its job is too large for the root', { ...made, status: 'Failed', failure: tooLarge }],
    ['the job was refused', { layout: 'root', status: 'Prepared', failure: failureOf('JobRefused') }],
    ['the job was not prepared in time', { layout: 'root', status: 'Planned', failure: failureOf('TooManyTurns') }],
    ['the wait for the root was too long', { layout: 'root', status: 'Waiting', failure: failureOf('FolderBusy') }],
    ['the wait for a slot was too long', { layout: 'root', status: 'Prepared', failure: failureOf('JobSlotsFull') }],
    ['nobody knows why', { layout: 'root', status: 'Prepared' }],
    ['the job goes on', { ...made, status: 'InProgress' }],
  ])('is not sent again where %s', (_, job) => {
    expect(missingOf(job, false).isRetryable).toBe(false);
  });

  it('is sent again from a folder of its own where the root was too large and the request says auto', () => {
    expect(missingOf({ ...made, status: 'Failed', failure: tooLarge }, true).isRetryable).toBe(true);
    expect(missingOf({ ...made, layout: 'staged', status: 'Failed', failure: tooLarge }, true).isRetryable).toBe(false);
    const unmade: MissingFacts = { layout: 'root', status: 'Prepared', failure: failureOf('JobTooLarge') };
    expect([missingOf(unmade, true).isRetryable, missingOf(unmade, false).isRetryable]).toEqual([true, false]);
    const other = failureOf('JobFailed', 'no such role');
    expect(missingOf({ ...made, status: 'Failed', failure: other }, true).isRetryable).toBe(false);
  });
});

describe('the reason of a missing record', () => {
  it.each(bedrockStatusSchema.options)('is never empty, as after %s', (status) => {
    const { over, reason } = statusMeaning[status];

    expect(missingOf({ ...made, status }, false).reason).toBe(over ? reason : `the job was last seen ${status}`);
  });

  it('adds what Bedrock or a step said', () => {
    const failure = failureOf('JobFailed', 'less records (1) than the required minimum of: 100');

    expect(missingOf({ ...made, status: 'Failed', failure }, false).reason).toBe(
      'the job failed: less records (1) than the required minimum of: 100',
    );
  });

  it('says so when the record was never sent', () => {
    const failure = failureOf('JobRefused', 'No access.');

    expect(missingOf({ layout: 'root', status: 'Prepared' }, false).reason).toBe('never sent: the job was not made');
    expect(missingOf({ layout: 'root', status: 'Waiting', failure }, false).reason).toBe('never sent: No access.');
  });
});
