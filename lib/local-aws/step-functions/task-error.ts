/** What fails a state: the name that Retry and Catch match and, if there is one, the cause. */
export class TaskError extends Error {
  readonly error: string;
  override readonly cause: string | undefined;
  constructor(error: string, cause?: string) {
    super(cause ?? error);
    this.name = 'TaskError';
    this.error = error;
    this.cause = cause;
  }
}

/** What was thrown, as a state's failure; any other error is a fault that no state can catch. */
export function asTaskError(thrown: unknown): TaskError {
  return thrown instanceof TaskError ? thrown : new TaskError('States.Runtime', `The local AWS failed: ${thrown}`);
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
export const maxPayloadBytes = 262_144;

/**
 * What passes between states, as JSON.
 *
 * @throws States.DataLimitExceeded over 256 KiB of UTF-8
 */
export function toPayload(value: unknown, source: string): string {
  const json = JSON.stringify(value);
  if (Buffer.byteLength(json) <= maxPayloadBytes) return json;
  const tooLarge = 'returned a result with a size exceeding the maximum number of bytes service limit.';
  throw new TaskError('States.DataLimitExceeded', `The state/task '${source}' ${tooLarge}`);
}
