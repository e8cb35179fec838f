import * as z from 'zod';
import { errorNames, isRefusal } from '../shared/domain/errors/errors.ts';
import { statusMeaning } from '../shared/domain/job/bedrock-status.ts';
import type { Job } from '../shared/domain/job/job.ts';
import { isTooLarge } from '../shared/domain/job/too-large.ts';

/**
 * The error of an output line, the fields that we use:
 * https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-results.html; the two booleans were seen in the
 * field (https://github.com/AAKevin8450/aquaticartists-video).
 */
export const outputErrorSchema = z.object({
  errorCode: z.union([z.string(), z.number()]).nullish(),
  errorMessage: z.string().nullish(),
  retryable: z.unknown().optional(),
  expired: z.unknown().optional(),
});
export type OutputError = z.infer<typeof outputErrorSchema>;

/** Errors with a 429 or a 5xx: https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_InvokeModel.html */
const passingErrors: ReadonlySet<string> = new Set([
  'InternalServerException',
  'ModelNotReadyException',
  'ServiceUnavailableException',
  'ThrottlingException',
]);

/**
 * Says whether a record with this error may succeed if it is sent again. Whether a code is a status or a name is
 * UNVERIFIED, so both are read. Other errors are not retried, because sending costs money.
 */
export function isRetryableError({ errorCode, retryable, expired }: OutputError): boolean {
  const status = Number(errorCode ?? Number.NaN);
  return (
    retryable === true ||
    expired === true ||
    status === 429 ||
    (status >= 500 && status < 600) ||
    passingErrors.has(String(errorCode))
  );
}

/** What an unanswered record of a job means. */
export interface Missing {
  reason: string;
  /** It may succeed in a further attempt. */
  isRetryable: boolean;
}

/** The fields of a job that decide about its missing records. */
export type MissingFacts = Pick<Job, 'batchJobArn' | 'counters' | 'failure' | 'layout' | 'status' | 'stopRequested'>;

/**
 * Returns why records of a job have no answer, and whether sending them again makes sense.
 *
 * @param isAuto whether a job that is too large at the root may be sent again from a folder of its own
 */
export function missingOf(job: MissingFacts, isAuto: boolean): Missing {
  return { reason: reasonOf(job), isRetryable: job.stopRequested !== true && isRetryableEnd(job, isAuto) };
}

/** Errors after which a job would not be created the next time either, or only after as long a wait. */
const finalWaits: ReadonlySet<string> = new Set([errorNames.folderBusy, errorNames.jobSlotsFull]);

function isRetryableEnd({ batchJobArn, counters, failure, layout, status }: MissingFacts, isAuto: boolean): boolean {
  const gaveUp = failure !== undefined && !isRefusal(failure) && !finalWaits.has(failure.error);
  const fitsElsewhere = isAuto && layout === 'root' && isTooLarge(failure);
  if (batchJobArn === undefined) return gaveUp || fitsElsewhere;
  switch (status) {
    case 'Completed':
    case 'PartiallyCompleted':
    case 'Expired':
      return true;
    case 'Stopped':
      // Without a failure of ours the job was stopped by a user at Bedrock; we stop only jobs that a step gave up.
      return gaveUp && failure.error !== 'JobStopped';
    case 'Failed':
      return (counters?.processed ?? 0) > 0 || fitsElsewhere;
    default:
      return false;
  }
}

function reasonOf({ batchJobArn, failure, status }: MissingFacts): string {
  if (batchJobArn === undefined) return `never sent: ${failure?.reason ?? 'the job was not made'}`;
  const meaning =
    status === 'Planned' || status === 'Waiting' || status === 'Prepared' ? undefined : statusMeaning[status];
  const said = meaning?.reason ?? `the job was last seen ${status}`;
  return failure === undefined ? said : `${said}: ${failure.reason}`;
}
