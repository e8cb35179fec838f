import { plainSentence } from '../../text/plain-text.ts';

/**
 * Names of the errors that leave a step. The Lambda runtime reports `error.name` as the error type, on which the
 * retriers and catchers of the state machine match, so `lib/stack/` imports these constants.
 */
export const errorNames = {
  /** The request cannot work; the message says why and how to fix it. Never retried. */
  requestRefused: 'RequestRefused',
  /** Another job owns the lock of the bucket; try again later. */
  folderBusy: 'FolderBusy',
  /** Bedrock has no free job slot for this model; try again later. */
  jobSlotsFull: 'JobSlotsFull',
  /** An AWS service throttles or failed for a moment; try again soon. */
  throttled: 'Throttled',
  /** The job is still stopping; try again later. */
  jobStillRunning: 'JobStillRunning',
  /** Jobs of the run may still run: the execution fails, and recovery resumes the run. Never retried. */
  runNotOver: 'RunNotOver',
  /** The job cannot be created; its records end as missing, with the reason. Never retried. */
  jobRefused: 'JobRefused',
  /** The folder of the job is too large; its records end as missing, or are sent from another folder. */
  jobTooLarge: 'JobTooLarge',
  /** A step did not end in all of its turns: it counts as refused. Never retried. */
  tooManyTurns: 'TooManyTurns',
  /**
   * Another version of the stack wrote an item or a file in another format: that version continues the run. Never
   * retried.
   */
  unknownFormat: 'UnknownFormat',
} as const;

const refusals: ReadonlySet<unknown> = new Set([
  errorNames.requestRefused,
  errorNames.jobRefused,
  errorNames.jobTooLarge,
  errorNames.tooManyTurns,
]);

/** Returns whether the name of an error says that the same request or job would fail again. */
export function isRefusal(error: { error: string } | undefined): boolean {
  return refusals.has(error?.error);
}

/** An error of ours. Its message may name foreign keys, so it becomes one line that cannot control a terminal. */
export class UserFacingError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(plainSentence(message), options);
  }
}

/** A run that cannot work: its request, budget, folder or quota is wrong. */
export class RequestRefused extends UserFacingError {
  override readonly name = errorNames.requestRefused;
}

/** Another job owns the lock of the bucket. */
export class FolderBusy extends UserFacingError {
  override readonly name = errorNames.folderBusy;
}

/** All job slots of the model are taken. */
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

/** A job that cannot be created: a foreign input in the folder, a refused Create, missing permissions. */
export class JobRefused extends UserFacingError {
  override readonly name = errorNames.jobRefused;
}

/** A job whose folder has more bytes than the quota of the model. */
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

/** Codes of connections that failed before the service answered; the SDK gives most of them no name. */
const networkCodes: ReadonlySet<unknown> = new Set(
  'ECONNRESET ECONNREFUSED EPIPE ETIMEDOUT ENOTFOUND EAI_AGAIN EHOSTUNREACH ENETUNREACH'.split(' '),
);

/** Returns whether an AWS client's error may pass by itself: throttling, a 5xx, a broken connection. */
export function isTransient(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (transientNames.has(error.name)) return true;
  if ('code' in error && networkCodes.has(error.code)) return true;
  const status = statusOf(error);
  return status === 429 || (status !== undefined && status >= 500);
}

/** Returns whether a later retry may succeed: `Throttled`, or a passing error of an AWS client. */
export function isRetryable(error: unknown): boolean {
  return error instanceof Throttled || isTransient(error);
}

/** Returns the HTTP status of an AWS client's error. */
export function statusOf(error: Error): number | undefined {
  const metadata: unknown = '$metadata' in error ? error.$metadata : undefined;
  const isRecord = typeof metadata === 'object' && metadata !== null && 'httpStatusCode' in metadata;
  return isRecord && typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

/** Returns whether S3 says that the bucket does not exist. */
export function isNoSuchBucket(error: unknown): boolean {
  return error instanceof Error && error.name === 'NoSuchBucket';
}

/** Catches a missing bucket and returns undefined: a run that is refused for it must still end. */
export function unlessNoBucket(error: unknown): undefined {
  if (!isNoSuchBucket(error)) throw error;
  return undefined;
}

/** Returns the sentence about a bucket that does not exist. */
export function missingBucketProblem(bucket: string): string {
  return (
    `Bucket ${bucket}, for which this stack was deployed, does not exist: create it again, or deploy the stack for another ` +
    'bucket with -c bucketName=….'
  );
}

/** Returns the message of anything that was thrown. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** Returns the message in the cause of a failed Lambda task, which is JSON text; other causes unchanged. */
export function messageInCause(cause: string): string {
  try {
    const parsed: unknown = JSON.parse(cause);
    if (typeof parsed === 'object' && parsed !== null && 'errorMessage' in parsed) return String(parsed.errorMessage);
  } catch {
    // Not JSON: a timeout or a runtime error in plain words.
  }
  return cause;
}
