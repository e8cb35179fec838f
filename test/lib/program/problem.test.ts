import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { CommandProblem, sentenceOf } from '../../../lib/program/problem.ts';

function awsError(name: string, message = 'said AWS', code?: string): Error {
  return Object.assign(new Error(message), { name, code });
}

describe('the sentence for an error', () => {
  it.each([
    [awsError('CredentialsProviderError', 'Could not load credentials from any providers'), 'aws sso login'],
    [awsError('ExpiredTokenException'), 'sign in again'],
    [awsError('CredentialsProviderError', 'Token is expired. To refresh this SSO session run …'), 'sign in again'],
    [awsError('CredentialsProviderError', 'The SSO session associated with this profile is invalid.'), 'sign in again'],
    [awsError('TokenProviderError', "Value not present for 'x' in SSO Token. Cannot refresh."), 'sign in again'],
    [awsError('CredentialsProviderError', 'Could not resolve credentials using profile: [x]'), 'using profile: [x]'],
    [awsError('UnrecognizedClientException'), 'check AWS_PROFILE'],
    [awsError('AccessDeniedException', 'not authorized to perform: states:StartExecution'), 'states:StartExecution'],
    [awsError('Error', 'Region is missing'), 'set AWS_REGION'],
    [awsError('AggregateError', '', 'ECONNREFUSED'), 'AWS does not answer (ECONNREFUSED)'],
    [awsError('TimeoutError', 'socket hang up'), 'AWS does not answer (TimeoutError)'],
    [awsError('StateMachineDoesNotExist', 'State Machine Does Not Exist'), 'StateMachineDoesNotExist: State Machine'],
    [new Error('Port 4566 is in use: choose another.'), 'Port 4566 is in use: choose another.'],
    [new CommandProblem('Only this.'), 'Only this.'],
    ['thrown text', 'thrown text'],
  ])('of %s says the fix', (error, part) => {
    expect(sentenceOf(error)).toContain(part);
  });

  it('has one line, whatever the message has', () => {
    expect(sentenceOf(new Error('first\n  second\nthird'))).toBe('first second third');
  });

  it('lets no key in it control the terminal', () => {
    const problem = new CommandProblem('The result "a\u001b[2J\u202e.mp4" would be outside: download it.');

    expect(sentenceOf(problem)).toBe('The result "a�[2J�.mp4" would be outside: download it.');
  });

  it('names the field of an answer that cannot be read', () => {
    const { error } = z.object({ records: z.object({ failed: z.number() }) }).safeParse({ records: {} });

    expect(sentenceOf(error)).toContain('(records.failed)');
  });
});
