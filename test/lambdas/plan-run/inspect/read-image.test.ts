import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { pixelsOf } from '../../../../lambdas/plan-run/inspect/read-image.ts';
import { sampleImageFolder, sampleImages } from '../../../support/images.ts';
import { countedFile } from '../../../support/video-files.ts';

/** A segment of a JPEG with so many bytes in it. */
const segment = (marker: number, bytes: number) =>
  Buffer.concat([Buffer.from([0xff, marker, (bytes + 2) >> 8, (bytes + 2) & 0xff]), Buffer.alloc(bytes)]);
const start = Buffer.from([0xff, 0xd8]);
/** The segment that a frame of 4000 × 3000 begins with. */
const frame = (marker: number) =>
  Buffer.from([0xff, marker, 0, 17, 8, 0x0b, 0xb8, 0x0f, 0xa0, 3, ...new Array(9).fill(0)]);
const end = Buffer.alloc(40);

const webp = (chunk: string, ...bytes: number[]) =>
  Buffer.concat([
    Buffer.from('RIFF\x40\0\0\0WEBP', 'latin1'),
    Buffer.from(chunk),
    Buffer.alloc(4),
    Buffer.from(bytes),
    end,
  ]);

describe('the pixels of an image', () => {
  it.each(sampleImages)('are read in $key as ffprobe does, in one request', async ({ key, width, height }) => {
    const { file, reads } = countedFile(readFileSync(join(sampleImageFolder, key)));

    expect(await pixelsOf(file)).toEqual({ width, height });
    expect(reads).toHaveLength(1);
  });

  it.each([
    [
      'a photo with a preview and profiles before its frame',
      [segment(0xe1, 65_000), segment(0xe2, 65_000), frame(0xc0)],
    ],
    ['a progressive JPEG', [segment(0xe0, 14), frame(0xc2)]],
    ['a JPEG whose tables come first', [segment(0xc4, 400), segment(0xdb, 128), frame(0xc1)]],
  ])('are those of the frame of %s', async (_, segments) => {
    const { file, reads } = countedFile(Buffer.concat([start, ...segments, end]));

    expect(await pixelsOf(file)).toEqual({ width: 4000, height: 3000 });
    expect(reads.length).toBeLessThanOrEqual(3);
  });

  it.each([
    ['lossy', webp('VP8 ', 0, 0, 0, 0x9d, 0x01, 0x2a, 0x80, 0x02, 0xe0, 0x01)],
    ['lossless', webp('VP8L', 0x2f, 0x7f, 0xc2, 0x77, 0x00)],
    ['extended', webp('VP8X', 0, 0, 0, 0, 0x7f, 0x02, 0, 0xdf, 0x01, 0)],
  ])('are 640 × 480 of a %s WebP that says so', async (_, content) => {
    expect(await pixelsOf(countedFile(content).file)).toEqual({ width: 640, height: 480 });
  });

  it.each([
    ['nothing', Buffer.from('x')],
    ['text', Buffer.from('this is no image, although it is called one.png')],
    ['a WebP of a chunk that nobody knows', webp('NEW ')],
    ['a JPEG without a frame', Buffer.concat([start, segment(0xe0, 14), Buffer.from([0xff, 0xda]), end])],
    ['a JPEG that is cut off', Buffer.concat([start, segment(0xe1, 60_000)])],
    [
      'a JPEG that is broken between its segments',
      Buffer.concat([start, segment(0xe0, 14), Buffer.from('rubbish'), end]),
    ],
  ])('are unknown of %s', async (_, content) => {
    expect(await pixelsOf(countedFile(content).file)).toBeUndefined();
  });
});
