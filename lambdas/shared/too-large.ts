import type { Job } from './jobs.ts';

const size = /\b(sizes?|bytes)\b|\b\d*[kmgt]i?b\b/i;
const limit = /exceed|limit|quota|maximum|at most|larger|too (large|big)|more than/i;

/**
 * Whether Bedrock failed a job because more lies under its folder than a job may read, which another folder can change. That it
 * does so while it validates was seen (https://github.com/AAKevin8450/aquaticartists-video); its words are UNVERIFIED, so a size
 * together with a limit counts. Taking another failure for this one costs a staged round, missing it costs the records.
 */
export function isTooLarge(failure: Job['failure']): boolean {
  return failure?.error === 'JobFailed' && size.test(failure.reason) && limit.test(failure.reason);
}
