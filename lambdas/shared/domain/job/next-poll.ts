import { jobTimeoutHours, overdueHours } from '../limits.ts';

const minPollSeconds = 30;
export const maxPollSeconds = 600;

/** Polls come after a sixteenth of the job's age: under 200 a day, and the end is seen within 7 %. */
const shareOfAge = 16;

/** Hours for which a job is polled, since it was submitted. */
export const maxPollingHours = jobTimeoutHours.max + overdueHours;

/** Returns the seconds until a job of this age is polled again: 30 at first, 600 at most. */
export function nextPollSeconds(ageSeconds: number): number {
  return Math.round(Math.min(maxPollSeconds, Math.max(minPollSeconds, ageSeconds / shareOfAge)));
}
