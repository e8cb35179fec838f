import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { secondsOf } from '../../../../lambdas/plan-run/estimate/probe-video.ts';
import { sampleClips, sampleMediaFolder } from '../../../support/clips.ts';
import { countedFile, fragmentedMovie, movie, movieHeader, streamedWebm } from '../../../support/video-files.ts';

describe('the seconds of a video', () => {
  it.each(sampleClips)(
    'are read in $key as ffprobe does, in few requests and kilobytes',
    async ({ key, durationSeconds }) => {
      const { file, reads } = countedFile(readFileSync(join(sampleMediaFolder, key)));

      // A file in fragments has no length; the sum of them may be a frame longer.
      expect(await secondsOf(file)).toBeCloseTo(durationSeconds, 0);
      expect(reads.length).toBeLessThanOrEqual(4);
    },
  );

  it.each([
    ['before the pictures', { isFirst: true }, 1],
    ['behind them, as cameras do', {}, 2],
    ['behind more than 4 GB of them', { mediaBytes: 5e9 }, 2],
    ['in 64 bits', { isLong: true }, 2],
    ['after other boxes', { isFirst: true, before: ['free', 'uuid', 'wide'] }, 1],
  ])('are those of a movie header %s', async (_, options, requests) => {
    const { file, reads } = countedFile(movie({ seconds: 1234.5, ...options }));

    expect(await secondsOf(file)).toBe(1234.5);
    expect(reads).toHaveLength(requests);
    expect(reads.reduce((sum, { bytes }) => sum + bytes, 0)).toBeLessThanOrEqual(8192);
  });

  it('of a movie in fragments are those of the fragments', async () => {
    const { file } = countedFile(await fragmentedMovie(12));

    expect(await secondsOf(file)).toBeCloseTo(12, 1);
  });

  it.each([
    ['a recording that was never ended', streamedWebm],
    ['a file that only looks like one', Buffer.from('FLV\x01\x05\0\0\0\x09 and whatever follows in it')],
    ['text', Buffer.from('this is not a video at all, whatever its name says')],
    ['zeros', Buffer.alloc(100_000)],
    ['a single byte', Buffer.from('x')],
    ['a movie header without a timescale', movie({ seconds: 0 })],
    ['a movie header that is cut off', movie({ seconds: 3, isFirst: true }).content.subarray(0, 40)],
    ['a box that is shorter than its own header', Buffer.from('\0\0\0\x02ftyp\0\0\0\0\0\0\0\0', 'latin1')],
    [
      'a movie of more boxes than any has',
      Buffer.concat(Array.from({ length: 100_000 }, () => movieHeader('free', 0))),
    ],
    [
      'a movie of which a part is written over',
      readFileSync(join(sampleMediaFolder, 'source_files/MVI_4471.mov')).fill(255, 32, 36),
    ],
    // The headers of a file and of a segment of 16,384 bytes, in which nothing is an element of it.
    [
      'a Matroska of junk',
      Buffer.concat([Buffer.from('1a45dfa3874282847765626d18538067204000', 'hex'), Buffer.alloc(16_384, 1)]),
    ],
    [
      'a Matroska of nothing but its first bytes',
      Buffer.from('1a45dfa3a34286810142f7810142f2810442f381084282846d', 'hex'),
    ],
  ])('are unknown of %s', async (_, content) => {
    const { file, reads } = countedFile(content);

    expect(await secondsOf(file)).toBeUndefined();
    expect(reads.length).toBeLessThanOrEqual(32);
  });
});
