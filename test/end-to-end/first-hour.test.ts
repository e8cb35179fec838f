import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sampleClips } from '../support/clips.ts';
import { type LocalStack, startLocalStack } from '../support/local-stack.ts';
import { expectOneSentence } from '../support/one-sentence.ts';

const trouble = [
  [
    'no access to the model',
    'AccessDeniedException',
    "You don't have access to the model.",
    'request access to the model',
  ],
  [
    'an account that Bedrock is closed to',
    'ValidationException',
    'Operation not allowed',
    'ask AWS Support to enable Bedrock',
  ],
  [
    'a role that Bedrock cannot take on',
    'ValidationException',
    'Could not assume provided IAM role',
    'deploy the stack again',
  ],
  ['a model that has ended', 'ResourceNotFoundException', 'The model has reached the end of its life', 'a newer model'],
] as const;

/**
 * Once, and nine times after 1, 2, 4, 8 and then each 10 minutes: the tenth is an hour later, and an eleventh would
 * succeed.
 */
const quotaOfZero = { code: 'ServiceQuotaExceededException', calls: 10, message: 'Too many batch jobs' } as const;

describe('in the first hour of an account', () => {
  const [clip] = sampleClips;
  let stack: LocalStack;

  beforeAll(async () => {
    const operation = 'CreateModelInvocationJob';
    const refusals = trouble.map(([, code, message]) => ({ operation, code, calls: 1, message }) as const);
    stack = await startLocalStack({
      faults: [...refusals, { operation, ...quotaOfZero }],
      scenario: () => ({
        end: 'Failed',
        message: 'User: x is not authorized to perform: kms:Decrypt on this resource',
      }),
    });
    if (clip) await stack.putClips([clip]);
  });
  afterAll(() => stack.close());

  const refused = () => stack.run({ media: { keys: [clip?.key] }, retries: 0 });

  it.each(trouble)('%s refuses the run and tells the fix', async (_, _code, said, remedy) => {
    const { status, error, cause = '' } = await refused();

    expect({ status, error }).toEqual({ status: 'FAILED', error: 'RequestRefused' });
    expectOneSentence(cause, said.replace(/\.$/, ''), remedy);
  });

  it('a quota of 0 refuses the run after an hour instead of waiting for days', async () => {
    const { status, error, cause = '' } = await refused();

    expect({ status, error }).toEqual({ status: 'FAILED', error: 'RequestRefused' });
    expectOneSentence(cause, 'Too many batch jobs', 'quota seems to be 0: request a higher one in Service Quotas');
    expect(await stack.inputs()).toEqual([]);
  });

  it('a key without a grant fails the job while it validates, and the reason tells the fix', async () => {
    const { status, cause = '' } = await refused();

    expect(status).toBe('FAILED');
    expect(cause).toContain('kms:Decrypt on this resource: deploy with -c bucketKeyArn=… for your own bucket');
  });
});
