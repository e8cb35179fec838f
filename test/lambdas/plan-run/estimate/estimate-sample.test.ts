import { describe, expect, it } from 'vitest';
import { mediaSample } from '../../../../lambdas/plan-run/estimate/estimate-sample.ts';
import { seededRandom } from '../../../support/seeded-random.ts';

const media = (at: number) => ({ key: `${at}.mp4`, etag: `e${at}`, bytes: at });
const keysOf = (sample: ReturnType<typeof mediaSample>) =>
  sample
    .media()
    .map(({ key }) => key)
    .sort();

function sampleOf(numbers: readonly number[], limit: number) {
  const sample = mediaSample(limit);
  for (const at of numbers) for (const stratum of ['summary', 'shots']) sample.ask(media(at), stratum);
  return sample;
}

const upTo = (count: number) => Array.from({ length: count }, (_, at) => at);

describe('a sample of media', () => {
  it('has all of few, with every question that is asked of each', () => {
    const sample = sampleOf(upTo(10), 10);

    expect(keysOf(sample)).toHaveLength(10);
    expect(sample.total()).toBe(10);
    expect([...(sample.media()[0]?.asked ?? [])]).toEqual([
      ['summary', 1],
      ['shots', 1],
    ]);
  });

  it('has so many of many, the same ones in whatever order they come', () => {
    const numbers = upTo(1000);
    const shuffled = seededRandom(7).shuffled(numbers);

    const sample = sampleOf(numbers, 20);

    expect(keysOf(sample)).toHaveLength(20);
    expect(sample.total()).toBe(1000);
    expect(keysOf(sampleOf(shuffled, 20))).toEqual(keysOf(sample));
  });

  it('counts media once that come again later', () => {
    const sample = mediaSample(20);
    for (const attempt of ['first', 'second']) for (const at of upTo(20)) sample.ask(media(at), attempt);

    expect(sample.total()).toBe(20);
  });

  it('misses no question about media that are in it at the end', () => {
    const sample = mediaSample(20);
    for (const attempt of ['first', 'second']) for (const at of upTo(1000)) sample.ask(media(at), attempt);

    expect(sample.media().map(({ asked }) => Object.fromEntries(asked))).toEqual(
      new Array(20).fill({ first: 1, second: 1 }),
    );
  });

  it('stands for all: its mean is near theirs', () => {
    const bytes = sampleOf(upTo(20_000), 2000)
      .media()
      .map((each) => each.bytes);

    expect(bytes.reduce((sum, each) => sum + each, 0) / bytes.length).toBeGreaterThan(9_500);
    expect(bytes.reduce((sum, each) => sum + each, 0) / bytes.length).toBeLessThan(10_500);
  });
});
