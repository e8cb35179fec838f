import { Duration } from 'aws-cdk-lib';
import type { RetryProps } from 'aws-cdk-lib/aws-stepfunctions';
import { errorNames } from '../../../lambdas/shared/domain/errors/errors.ts';

/**
 * The machine's retriers. None has jitter: a test computes from them how much of its history a child can use at most, and an
 * attempt costs three events.
 */

/** How long a state may wait between two tries; whoever waits longer is seen as gone by the others in the queue. */
const maxDelay = Duration.minutes(10);

/** Failures of AWS that pass: throttling, a killed or lost function, a deploy in the middle. */
const passingErrors = [
  errorNames.throttled,
  'Lambda.ServiceException',
  'Lambda.AWSLambdaException',
  'Lambda.SdkClientException',
  'Lambda.ClientExecutionTimeoutException',
  'Lambda.TooManyRequestsException',
  'Lambda.Unknown',
  'Runtime.ExitError',
  'Sandbox.Timedout',
  'States.Timeout',
];

/** 8 retries after 10, 20, 40 … 600 s: gives up after about half an hour (1,830 s), longer than a regional hiccup. */
export const whilePassing: RetryProps = {
  errors: passingErrors,
  interval: Duration.seconds(10),
  backoffRate: 2,
  maxDelay,
  maxAttempts: 8,
};

/**
 * The poll's own: 8 retries after 200, 400, 600 … s, about 70 minutes. The first waits 200 s because an attempt costs a third of
 * the 9 events of a whole poll, which come every 600 s: so retrying never uses up history faster than polling does.
 */
export const whilePassingBetweenPolls: RetryProps = { ...whilePassing, interval: Duration.seconds(200) };

/**
 * 1,734 retries after 30, 45, 67 … 600 s: about twelve days. That is as long as the job before may have the root: three days
 * for a slot, 168 h by Bedrock's longest timeout, 12 h in which it is overdue, a day to stop; and half a day in reserve.
 */
export const whileFolderBusy: RetryProps = {
  errors: [errorNames.folderBusy],
  interval: Duration.seconds(30),
  backoffRate: 1.5,
  maxDelay,
  maxAttempts: 1734,
};

/** 435 retries after 60, 120 … 600 s: about three days, the default timeout of the jobs that have the slots. */
export const whileJobSlotsFull: RetryProps = {
  errors: [errorNames.jobSlotsFull],
  interval: Duration.seconds(60),
  backoffRate: 2,
  maxDelay,
  maxAttempts: 435,
};

/** 146 retries after 60, 120 … 600 s: about a day; Bedrock names no limit for stopping a job. */
export const whileJobStillRuns: RetryProps = {
  errors: [errorNames.jobStillRunning],
  interval: Duration.seconds(60),
  backoffRate: 2,
  maxDelay,
  maxAttempts: 146,
};
