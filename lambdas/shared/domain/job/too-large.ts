import { errorNames } from '../errors/errors.ts';
import type { Job } from './job.ts';

const size = /\b(sizes?|bytes)\b|\b\d*[kmgt]i?b\b/i;
const limit = /exceed|limit|quota|maximum|at most|larger|too (large|big)|more than/i;

/**
 * Whether words of Bedrock's are about a job that is too large. They are UNVERIFIED, so a size together with a limit counts:
 * taking another failure for this one costs a staged attempt, missing it costs the records.
 */
export function saysTooLarge(words: string): boolean {
  return size.test(words) && limit.test(words);
}

/**
 * Whether Bedrock would not have a job because more lies under its folder than a job may read, which another folder can change.
 * That it fails the job while it validates, or refuses it at once, is not told apart by who saw it
 * (https://github.com/AAKevin8450/aquaticartists-video), so both are looked for.
 */
export function isTooLarge(failure: Job['failure']): boolean {
  if (failure?.error === errorNames.jobTooLarge) return true;
  return failure?.error === 'JobFailed' && saysTooLarge(failure.reason);
}
