import { ZodError } from 'zod';
import { UserFacingError } from '../../lambdas/shared/domain/errors/errors.ts';
import { plainSentence, plainText } from '../../lambdas/shared/text/plain-text.ts';

/** An error that the user can fix; its message is one sentence with the fix. */
export class CommandProblem extends Error {
  override readonly name = 'CommandProblem';
}

const unreachable = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ETIMEDOUT',
  'ENETUNREACH',
  'EPIPE',
]);
const expired = new Set(['ExpiredTokenException', 'ExpiredToken', 'TokenRefreshRequired', 'SSOTokenProviderFailure']);
const noCredentials = new Set(['CredentialsProviderError', 'TokenProviderError']);
const unknownKeys = new Set(['UnrecognizedClientException', 'InvalidClientTokenId', 'InvalidSignatureException']);

/** Whether the endpoint could not be reached. */
export function isUnreachable(error: unknown): boolean {
  return unreachable.has(errorCode(error) ?? '') || (error instanceof Error && error.name === 'TimeoutError');
}

/**
 * Returns one sentence for any error: what is wrong and what to do. It is safe for a terminal, whatever keys it names.
 */
export function sentenceOf(error: unknown, endpoint = 'AWS'): string {
  return plainText(sentenceFor(error, endpoint));
}

function sentenceFor(error: unknown, endpoint: string): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof CommandProblem || error instanceof UserFacingError) return error.message;
  if (error instanceof ZodError) {
    const place = error.issues[0]?.path.join('.') || 'the whole';
    return `The stack's answer has an unknown form (${place}): use the version of media-batch that was deployed.`;
  }
  if (isUnreachable(error)) {
    return (
      `${endpoint} does not answer (${errorCode(error) ?? error.name}): ` +
      'check the network and AWS_ENDPOINT_URL, or start "media-batch local".'
    );
  }
  if (noCredentials.has(error.name)) {
    if (/expired|is invalid|refresh|re-?authenticate/i.test(error.message)) {
      return `The AWS session has ended (${endless(error.message)}): sign in again, e.g. "aws sso login".`;
    }
    return (
      `No AWS credentials were found (${endless(error.message)}): ` +
      'sign in with "aws sso login" or "aws configure", or choose a profile with AWS_PROFILE.'
    );
  }
  if (expired.has(error.name))
    return `The AWS credentials have expired (${error.name}): sign in again, e.g. "aws sso login".`;
  if (unknownKeys.has(error.name))
    return `AWS does not know these credentials (${error.name}): check AWS_PROFILE and the keys.`;
  if (error.message === 'Region is missing') {
    return 'No AWS Region is set: set AWS_REGION to the Region of the stack, e.g. AWS_REGION=us-east-1.';
  }
  if (error.name.startsWith('AccessDenied')) {
    return (
      `AWS denied the call (${plainSentence(error.message)}): ` +
      'use credentials that may do this, or ask for the permission.'
    );
  }
  const name = error.name === 'Error' || error.name === 'TypeError' ? '' : `${error.name}: `;
  return name + plainSentence(error.message);
}

/** Without the full stop, for the middle of a sentence. */
function endless(message: string): string {
  return plainSentence(message).replace(/\.$/, '');
}

/** The code of a system error, such as `ENOENT`. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
