import { errorNames } from '../errors/errors.ts';
import type { Job } from './job.ts';

const size = /\b(sizes?|bytes)\b|\b\d*[kmgt]i?b\b/i;
const limit = /exceed|limit|quota|maximum|at most|larger|too (large|big)|more than/i;

/**
 * Says whether a message of Bedrock is about a job that is too large. Its wording is UNVERIFIED, so a size together
 * with a limit counts: a false match costs a staged attempt, a miss costs the records.
 */
export function saysTooLarge(words: string): boolean {
  return size.test(words) && limit.test(words);
}

/**
 * Says whether Bedrock refused a job because its folder has more bytes than a job may read; another folder can help.
 * The field report (https://github.com/AAKevin8450/aquaticartists-video) does not say whether Create or validation
 * fails, so both count.
 */
export function isTooLarge(failure: Job['failure']): boolean {
  if (failure?.error === errorNames.jobTooLarge) return true;
  return failure?.error === 'JobFailed' && saysTooLarge(failure.reason);
}
