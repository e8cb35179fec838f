import { describe, expect, it } from 'vitest';
import { judgeHeader } from '../../../../../lambdas/shared/domain/media/judge-header.ts';
import type { MediaHeader } from '../../../../../lambdas/shared/domain/media/media-header.ts';

const wide = (width: number, height: number): MediaHeader => ({ format: 'png', pixels: { width, height } });

describe('a file whose header was read', () => {
  it.each<[string, MediaHeader | undefined]>([
    ['a.mp4', undefined],
    ['a.mp4', { format: 'mp4', seconds: 3 }],
    ['a.mp4', { format: 'mp4' }],
    ['a.mp4', { isUnfinished: true }],
    ['a.MOV', { format: 'mp4', seconds: 3 }],
    ['a.mp4', { format: 'mov', seconds: 3 }],
    ['a.mp4', { format: 'three_gp', seconds: 3 }],
    ['a.3gp', { format: 'mp4', seconds: 3 }],
    ['a.mpg', { format: 'mpeg' }],
    ['a.mpeg', {}],
    ['a.mpg', {}],
    ['a.jpg', { format: 'jpeg', pixels: { width: 8000, height: 8000 } }],
    ['notes.txt', { otherFormat: 'a text file' }],
  ])('is sent as it is: %s with %j', (key, header) => {
    expect(judgeHeader(key, header)).toEqual({});
  });

  it.each<[string, MediaHeader, string]>([
    ['a.mp4', { format: 'webm', seconds: 3 }, 'webm'],
    ['a.mp4', { format: 'webm', isUnfinished: true }, 'webm'],
    ['a.mkv', { format: 'webm', seconds: 3 }, 'webm'],
    ['a.webm', { format: 'mkv', seconds: 3 }, 'mkv'],
    ['a.mkv', { format: 'mov', seconds: 3 }, 'mov'],
    ['a.mp4', { format: 'mpeg' }, 'mpeg'],
    ['a.jpg', wide(10, 10), 'png'],
  ])('is sent as a copy under its real format: %s with %j', (key, header, sendAs) => {
    expect(judgeHeader(key, header)).toEqual({ sendAs });
  });

  it.each<[string, MediaHeader, string, RegExp]>([
    [
      'a.mp4',
      { format: 'mp4', missing: 'movie' },
      'a video whose upload or recording was interrupted',
      /^upload it again$/,
    ],
    ['a.webm', { format: 'webm', missing: 'video track' }, 'a video without a video track', /^exclude it$/],
    ['a.mp4', { otherFormat: 'an AVI video' }, 'an AVI video, named .mp4', /^convert it to 3gp, flv, mkv/],
    ['a.JPG', { otherFormat: 'a HEIC image' }, 'a HEIC image, named .jpg', /^convert it to gif, jpeg/],
    [
      'a.mpg',
      { otherFormat: 'an MPEG transport stream' },
      'an MPEG transport stream, named .mpg',
      /^convert it to 3gp/,
    ],
    ['a.mp4', { otherFormat: 'a web page' }, 'a web page, named .mp4', /^exclude it, or upload the right file$/],
    ['a.mp4', {}, 'not a video by its content', /^upload it again, or exclude it$/],
    ['a.png', {}, 'not an image by its content', /^upload it again, or exclude it$/],
    ['a.mp4', { format: 'jpeg' }, 'an image (jpeg) named as a video', /^rename it to \.jpeg$/],
    ['a.gif', { format: 'mp4' }, 'a video (mp4) named as an image', /^rename it to \.mp4$/],
    ['a.png', wide(8001, 1), 'an image with more than 8,000 pixels on a side', /^scale it down$/],
    ['a.jpg', wide(1, 8001), 'an image with more than 8,000 pixels on a side', /^scale it down$/],
  ])('is skipped, with reason and remedy: %s with %j', (key, header, skipped, remedy) => {
    expect(judgeHeader(key, header)).toEqual({
      skipped: expect.stringContaining(skipped),
      remedy: expect.stringMatching(remedy),
    });
  });
});
