import { describe, expect, it } from 'vitest';
import { mediaOf } from '../../../../lambdas/plan-run/estimate/estimate-tally.ts';

const rules = { maxFrames: 960 };
const longest = 288 * 960;
const name = 'video\nshots';

/** Videos of so many seconds each, of which each is asked so often. */
const videos = (seconds: readonly number[], times = 1) =>
  seconds.map((each, at) => ({
    ...{ key: `${at}.mp4`, etag: `e${at}`, bytes: 1, header: { seconds: each } },
    asked: new Map([[name, times]]),
  }));
const mediaFrom = (sample: ReturnType<typeof videos>, records: number) =>
  mediaOf({ kind: 'video', records }, name, sample, rules);
const alternating = Array.from({ length: 100 }, (_, at) => (at % 2 === 0 ? 10 : 30));

describe('tokens of media by a sample', () => {
  it('are its sum where it is all of them', () => {
    expect(mediaFrom(videos([10, 20]), 2)).toEqual({ expected: 30 * 288, most: 30 * 288 });
  });

  it('are its mean for each record, and at most three standard errors more', () => {
    expect(mediaFrom(videos(alternating), 1000)).toEqual({
      expected: 1000 * 20 * 288,
      // The standard deviation is 10 s, of the mean of 100 a tenth of that.
      most: 1000 * (20 + 3) * 288,
    });
  });

  it('are as uncertain as its media are few, however often each is asked', () => {
    expect(mediaFrom(videos(alternating, 50), 10_000)).toEqual({
      expected: 10_000 * 20 * 288,
      most: 10_000 * (20 + 3) * 288,
    });
  });

  it.each([0, 1, 29])('can be the longest for each record where only %i media were looked into', (count) => {
    const expected = count === 0 ? longest : 10 * 288;

    expect(mediaFrom(videos(new Array(count).fill(10)), 300)).toEqual({
      expected: 300 * expected,
      most: 300 * longest,
    });
  });
});
