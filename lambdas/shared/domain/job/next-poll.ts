import { jobTimeoutHours, overdueHours } from '../limits.ts';

const minPollSeconds = 30;
export const maxPollSeconds = 600;

/** A poll a sixteenth of the job's age after the last one: a day takes under 200 of them, and the end is seen within 7 %. */
const shareOfAge = 16;

/** The longest that a job is polled, in hours since it was submitted. */
export const maxPollingHours = jobTimeoutHours.max + overdueHours;

/** Seconds to wait before a job of this age is polled again: 30 at first, 600 at most. */
export function nextPollSeconds(ageSeconds: number): number {
  return Math.round(Math.min(maxPollSeconds, Math.max(minPollSeconds, ageSeconds / shareOfAge)));
}
