import { plainSentence } from '../../text/plain-text.ts';

/**
 * Names of the errors that leave a step. The Lambda runtime reports `error.name` as the error type, and the state machine's
 * retriers and catchers match on it, so `lib/stack/` imports these same constants.
 */
export const errorNames = {
  /** The request cannot work; the message says why and the fix. Never retried. */
  requestRefused: 'RequestRefused',
  /** Another job holds the bucket's root; ask again later. */
  folderBusy: 'FolderBusy',
  /** Bedrock takes no further job for this model at the moment; ask again later. */
  jobSlotsFull: 'JobSlotsFull',
  /** An AWS service asks for patience or failed for a moment; ask again soon. */
  throttled: 'Throttled',
  /** The job was told to stop and has not stopped yet; ask again later. */
  jobStillRunning: 'JobStillRunning',
  /** Jobs of the run may go on and nobody could look: the execution fails, and recovery resumes the run. Never retried. */
  runNotOver: 'RunNotOver',
  /** The job cannot be made; its records end as missing, with the reason. Never retried. */
  jobRefused: 'JobRefused',
  /** More lies under the job's folder than a job may read; its records end as missing, or are sent from another folder. */
  jobTooLarge: 'JobTooLarge',
  /** A step did not end in all of its turns: it counts as refused. Never retried. */
  tooManyTurns: 'TooManyTurns',
} as const;

const refusals: ReadonlySet<unknown> = new Set([
  errorNames.requestRefused,
  errorNames.jobRefused,
  errorNames.jobTooLarge,
  errorNames.tooManyTurns,
]);

/** Whether an error says by its name that the same request or job would fail again. */
export function isRefusal(error: { error: string } | undefined): boolean {
  return refusals.has(error?.error);
}

/** An error of ours. Its message may name keys, which others choose: it is one line without anything that a terminal obeys. */
export class UserFacingError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(plainSentence(message), options);
  }
}

/** A run that cannot work: bad request, budget, folder or quota. */
export class RequestRefused extends UserFacingError {
  override readonly name = errorNames.requestRefused;
}

/** The lock on the bucket's root is with another job. */
export class FolderBusy extends UserFacingError {
  override readonly name = errorNames.folderBusy;
}

/** All of the model's job slots are taken. */
export class JobSlotsFull extends UserFacingError {
  override readonly name = errorNames.jobSlotsFull;
}

/** A service throttled the call or failed for a moment, after the SDK's own retries. */
export class Throttled extends UserFacingError {
  override readonly name = errorNames.throttled;
}

/** A job whose input cannot be removed yet, because Bedrock may still read it. */
export class JobStillRunning extends UserFacingError {
  override readonly name = errorNames.jobStillRunning;
}

/** A run that cannot be reported yet, because jobs of it may still run. */
export class RunNotOver extends UserFacingError {
  override readonly name = errorNames.runNotOver;
}

/** A job that cannot be made: a foreign input in the folder, a refused Create, missing permissions. */
export class JobRefused extends UserFacingError {
  override readonly name = errorNames.jobRefused;
}

/** A job over more bytes than the model's quota. */
export class JobTooLarge extends UserFacingError {
  override readonly name = errorNames.jobTooLarge;
}

const transientNames = new Set([
  'ThrottlingException',
  'TooManyRequestsException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'RequestTimeout',
  'SlowDown',
  'InternalServerException',
  'InternalServerError',
  'InternalError',
  'ServiceUnavailable',
  'ServiceUnavailableException',
  'TimeoutError',
]);

/** Codes of a connection that failed before the service answered; the SDK gives most of them no name of their own. */
const networkCodes: ReadonlySet<unknown> = new Set(
  'ECONNRESET ECONNREFUSED EPIPE ETIMEDOUT ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH'.split(' '),
);

/** Whether an error of an AWS client may go away by itself: throttling, a 5xx, a broken connection. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (transientNames.has(error.name)) return true;
  if ('code' in error && networkCodes.has(error.code)) return true;
  const status = statusOf(error);
  return status === 429 || (status !== undefined && status >= 500);
}

/** Whether what failed may succeed at another time: an AWS client's error that passes, or one that was found to be so. */
export function mayPass(error: unknown): boolean {
  return error instanceof Throttled || isTransient(error);
}

/** The HTTP status that an AWS client's error came with. */
export function statusOf(error: Error): number | undefined {
  const metadata: unknown = '$metadata' in error ? error.$metadata : undefined;
  const isRecord = typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata;
  return isRecord && typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

/** Whether S3 says that the bucket itself does not exist. */
export function isNoSuchBucket(error: unknown): boolean {
  return error instanceof Error && error.name === 'NoSuchBucket';
}

/** In place of what was to be read, where the bucket itself does not exist: a run that is refused for that still ends. */
export function unlessNoBucket(error: unknown): undefined {
  if (!isNoSuchBucket(error)) throw error;
  return undefined;
}

/** The sentence about a bucket that does not exist. */
export function missingBucketSentence(bucket: string): string {
  return (
    `Bucket ${bucket} is not there, expected the bucket that this stack was deployed for: create it again under this name, ` +
    'or deploy the stack with -c bucketName=… for another.'
  );
}

/** The message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The message inside the cause of a failed Lambda task, which Step Functions gives as JSON text; other causes as they are. */
export function messageInCause(cause: string): string {
  try {
    const parsed: unknown = JSON.parse(cause);
    if (typeof parsed === 'object' && parsed !== null && 'errorMessage' in parsed) return String(parsed.errorMessage);
  } catch {
    // Not JSON: a timeout or a runtime error in plain words.
  }
  return cause;
}
