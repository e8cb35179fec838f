import { describe, expect, it } from 'vitest';
import { TooManyTurns } from '../../../../../lambdas/shared/domain/checkpoint.ts';
import * as errors from '../../../../../lambdas/shared/domain/errors/errors.ts';
import { awsError, networkError } from '../../../../support/aws-error.ts';

const { isTransient, messageInCause, messageOf } = errors;

describe('the names of errors', () => {
  it.each([
    [errors.RequestRefused, 'RequestRefused'],
    [errors.FolderBusy, 'FolderBusy'],
    [errors.JobSlotsFull, 'JobSlotsFull'],
    [errors.Throttled, 'Throttled'],
    [errors.JobStillRunning, 'JobStillRunning'],
    [errors.JobRefused, 'JobRefused'],
    [TooManyTurns, 'TooManyTurns'],
  ])('stand on the error itself, where the Lambda runtime reads them: %o', (ErrorClass, name) => {
    const cause = new Error('first');
    const error = new ErrorClass('It cannot work.', { cause });

    expect([error.name, error.message, error.cause]).toEqual([name, 'It cannot work.', cause]);
    expect(Object.values(errors.errorNames)).toContain(name);
  });
});

describe('a passing error', () => {
  it.each([
    ['ThrottlingException', 400],
    ['ThrottlingException', 429],
    ['TooManyRequestsException', 429],
    ['ProvisionedThroughputExceededException', 400],
    ['RequestLimitExceeded', 400],
    ['RequestTimeout', 400],
    ['SlowDown', 503],
    ['InternalServerException', 500],
    ['InternalError', 500],
    ['SomethingNew', 500],
    ['SomethingNew', 502],
    ['SomethingNew', 599],
    ['SomethingNew', 429],
  ])('is %s with status %i', (name, status) => {
    expect(isTransient(awsError(name, status))).toBe(true);
  });

  it.each([
    'ECONNRESET',
    'ECONNREFUSED',
    'EPIPE',
    'ETIMEDOUT',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'ENETUNREACH',
  ])('is a connection that failed with %s, which no service has answered', (code) => {
    expect(isTransient(networkError(code))).toBe(true);
  });

  it("is the SDK's TimeoutError, which carries no status", () => {
    expect(isTransient(Object.assign(new Error('socket hang up'), { name: 'TimeoutError' }))).toBe(true);
  });

  it.each([
    awsError('ValidationException', 400),
    awsError('AccessDeniedException', 403),
    awsError('ResourceNotFoundException', 404),
    awsError('ServiceQuotaExceededException', 400),
    awsError('ConflictException', 400),
    awsError('NoSuchBucket', 404),
    awsError('ConditionalCheckFailedException', 400),
    new errors.RequestRefused('no'),
    new TypeError('a bug of ours'),
    Object.assign(new Error('no such file'), { code: 'ENOENT' }),
    Object.assign(new Error('odd'), { $metadata: null }),
    Object.assign(new Error('odd'), { $metadata: { httpStatusCode: '503' } }),
    'ThrottlingException',
    undefined,
    { name: 'ThrottlingException' },
  ])('is not %o', (error) => {
    expect(isTransient(error)).toBe(false);
  });
});

describe('the message of a failure', () => {
  it.each([
    [new Error('words'), 'words'],
    ['words', 'words'],
    [undefined, 'undefined'],
  ])('of %o is %j', (thrown, message) => {
    expect(messageOf(thrown)).toBe(message);
  });

  it.each([
    ['{"errorType":"JobRefused","errorMessage":"It is closed."}', 'It is closed.'],
    ['{"errorMessage":null}', 'null'],
    ['{"other":1}', '{"other":1}'],
    ['"text"', '"text"'],
    ['null', 'null'],
    ['The state timed out', 'The state timed out'],
    ['', ''],
    ['{"errorMessage":"cut off by Step', '{"errorMessage":"cut off by Step'],
  ])('in the cause %j is %j', (cause, message) => {
    expect(messageInCause(cause)).toBe(message);
  });
});
