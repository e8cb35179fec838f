import { describe, expect, it } from 'vitest';
import { maxPollingHours, nextPollSeconds } from '../../../../../lambdas/shared/domain/job/next-poll.ts';

/** Polls until a job of this length is seen to be over, and how late that is. */
function pollsOf(jobSeconds: number): { polls: number; lateSeconds: number } {
  let ageSeconds = nextPollSeconds(0);
  let polls = 1;
  for (; ageSeconds < jobSeconds; polls++) ageSeconds += nextPollSeconds(ageSeconds);
  return { polls, lateSeconds: ageSeconds - jobSeconds };
}

describe('the wait before the next poll', () => {
  it.each([
    [-5, 30],
    [0, 30],
    [479, 30],
    [480, 30],
    [496, 31],
    [3600, 225],
    [9584, 599],
    [9600, 600],
    [9616, 600],
    [168 * 3600, 600],
  ])('of a job that is %i s old is %i s', (age, seconds) => {
    expect(nextPollSeconds(age)).toBe(seconds);
  });

  it.each([
    [0.1, 20],
    [1, 60],
    [6, 90],
    [24, 200],
    [168, 1100],
  ])('lets %f hours pass with at most %i polls', (hours, most) => {
    expect(pollsOf(hours * 3600).polls).toBeLessThanOrEqual(most);
  });

  it('keeps the longest polling far under the 25,000 events of a history, at 9 events a poll', () => {
    expect(pollsOf(maxPollingHours * 3600).polls * 9).toBeLessThan(12_000);
  });

  it.each([600, 3600, 6 * 3600, 24 * 3600])('sees the end of a job of %i s within 7 % of its age', (seconds) => {
    expect(pollsOf(seconds).lateSeconds).toBeLessThanOrEqual(Math.max(30, seconds * 0.07));
  });

  it('is never so short that a job is asked about more than twice a minute', () => {
    for (let age = 0; age < 10_000; age += 7) expect(nextPollSeconds(age)).toBeGreaterThanOrEqual(30);
  });
});
