import { Duration } from 'aws-cdk-lib';
import type { RetryProps } from 'aws-cdk-lib/aws-stepfunctions';
import { errorNames } from '../../../lambdas/shared/domain/errors/errors.ts';
import { maxPollSeconds } from '../../../lambdas/shared/domain/job/next-poll.ts';
import {
  maxJobHours,
  maxRetryDelaySeconds,
  slotWaitHours,
  stopWaitHours,
} from '../../../lambdas/shared/domain/waits.ts';

/**
 * The machine's retriers. None has jitter: a test computes from them how much of its history a job can use at most, at
 * three events an attempt.
 */

const maxDelay = Duration.seconds(maxRetryDelaySeconds);

/** Failures of AWS that pass: throttling, a killed or lost function, a deploy. */
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

/** 8 retries after 10, 20, 40 … 600 s take half an hour, longer than most troubles of a Region. */
export const whilePassing: RetryProps = {
  errors: passingErrors,
  interval: Duration.seconds(10),
  backoffRate: 2,
  maxDelay,
  maxAttempts: 8,
};

/**
 * For polls: 8 retries take about 70 minutes. The first waits a third of the time between polls, because an attempt
 * costs a third of the 9 events of a poll: so retries use no more history than polls.
 */
export const whilePassingBetweenPolls: RetryProps = { ...whilePassing, interval: Duration.seconds(maxPollSeconds / 3) };

/** Lasts as long as the job before may have the root, and half a day more. */
export const whileFolderBusy = waiting(errorNames.folderBusy, Duration.hours(maxJobHours + 12), {
  interval: Duration.seconds(30),
  backoffRate: 1.5,
});

export const whileJobSlotsFull = waiting(errorNames.jobSlotsFull, Duration.hours(slotWaitHours));

export const whileJobStillRuns = waiting(errorNames.jobStillRunning, Duration.hours(stopWaitHours));

/** A retrier that waits a minute, then twice as long each time up to `maxDelay`, for `total` in all. */
function waiting(error: string, total: Duration, { interval = Duration.minutes(1), backoffRate = 2 } = {}): RetryProps {
  let maxAttempts = 0;
  let delaySeconds = interval.toSeconds();
  for (let waitedSeconds = 0; waitedSeconds < total.toSeconds(); maxAttempts += 1) {
    waitedSeconds += delaySeconds;
    delaySeconds = Math.min(delaySeconds * backoffRate, maxDelay.toSeconds());
  }
  return { errors: [error], interval, backoffRate, maxDelay, maxAttempts };
}
