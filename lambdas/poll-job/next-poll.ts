import { jobTimeoutHours } from '../shared/limits.ts';

const minPollSeconds = 30;
const maxPollSeconds = 600;

/** A poll a sixteenth of the job's age after the last one: a day takes under 200 of them, and the end is seen within 7 %. */
const shareOfAge = 16;

/**
 * How long past its own timeout a job is still polled. Bedrock ends a job by then; one that it does not end is stopped by us,
 * so that every wait has an end.
 */
export const overdueHours = 12;

/** The longest that a job is polled, in hours since it was submitted. */
export const maxPollingHours = jobTimeoutHours.max + overdueHours;

/** Seconds to wait before a job of this age is polled again: 30 at first, 600 at most. */
export function nextPollSeconds(ageSeconds: number): number {
  return Math.round(Math.min(maxPollSeconds, Math.max(minPollSeconds, ageSeconds / shareOfAge)));
}
