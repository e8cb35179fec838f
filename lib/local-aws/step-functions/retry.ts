import type { Retrier } from './definition.ts';

/** No wildcard matches these; https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html */
const terminal = ['States.DataLimitExceeded', 'States.Runtime'];

/** The first retrier or catcher for an error. Nothing handles `States.Runtime`, not even its own name. */
export function findHandler<Handler extends { ErrorEquals: string[] }>(handlers: Handler[], error: string) {
  const wildcards = ['States.ALL', ...(error === 'States.Timeout' ? [] : ['States.TaskFailed'])];
  const names = terminal.includes(error) ? [error] : [error, ...wildcards];
  if (error === 'States.Runtime') return undefined;
  return handlers.find(({ ErrorEquals }) => ErrorEquals.some((name) => names.includes(name)));
}

/** Counts the attempts of one state; what it returns says how long to wait, in ms, or nothing when it is over. */
export function createRetryPlan(retriers: Retrier[]): (error: string) => number | undefined {
  const attempts = new Map<Retrier, number>();
  return (error) => {
    const retrier = findHandler(retriers, error);
    const used = (retrier && attempts.get(retrier)) ?? 0;
    if (!retrier || used >= retrier.MaxAttempts) return undefined;
    attempts.set(retrier, used + 1);
    const seconds = Math.min(retrier.IntervalSeconds * retrier.BackoffRate ** used, retrier.MaxDelaySeconds);
    return 1000 * seconds;
  };
}
