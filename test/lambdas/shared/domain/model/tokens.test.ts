import { describe, expect, it } from 'vitest';
import { answerTokens, mediaTokens, textTokens } from '../../../../../lambdas/shared/domain/model/tokens.ts';

const nova1 = { maxFrames: 960 };
const nova2Lite = { maxFrames: 2700, imageTokens: 230 };

describe('the tokens of a video', () => {
  // https://docs.aws.amazon.com/nova/latest/userguide/modalities-video.html and the same table for Nova 2
  it.each([
    [10, 2_880, 2_880],
    [30, 8_640, 8_640],
    [16 * 60, 276_480, 276_480],
    [20 * 60, 276_480, 345_600],
    [45 * 60, 276_480, 777_600],
    [90 * 60, 276_480, 777_600],
  ])('of %d seconds are those of the table', (seconds, first, second) => {
    expect(mediaTokens('video', { seconds }, nova1)).toBe(first);
    expect(mediaTokens('video', { seconds }, nova2Lite)).toBe(second);
  });

  it('count a second that has begun', () => {
    expect(mediaTokens('video', { seconds: 0.1 }, nova1)).toBe(288);
    expect(mediaTokens('video', { seconds: 1.01 }, nova1)).toBe(2 * 288);
  });

  it('are those of the longest that is billed where its length is unknown', () => {
    expect(mediaTokens('video', {}, nova1)).toBe(276_480);
    expect(mediaTokens('video', {}, nova2Lite)).toBe(777_600);
  });
});

describe('the tokens of an image', () => {
  // https://docs.aws.amazon.com/nova/latest/userguide/modalities-image.html
  it.each([
    [900, 450, 800],
    [900, 900, 1300],
    [1400, 900, 1800],
    [1800, 900, 2400],
    [900, 1800, 2400],
    [1300, 1300, 2600],
  ])('of %d × %d are those of the table', (width, height, tokens) => {
    expect(mediaTokens('image', { pixels: { width, height } }, nova1)).toBe(tokens);
  });

  it('count a small one as large as it is scaled up to', () => {
    expect(mediaTokens('image', { pixels: { width: 800, height: 400 } }, nova1)).toBe(800);
    expect(mediaTokens('image', { pixels: { width: 96, height: 96 } }, nova1)).toBe(1300);
    expect(mediaTokens('image', { pixels: { width: 900, height: 1 } }, nova1)).toBe(800);
  });

  it('lie on a line between the sizes of the table, and do not grow beyond the last', () => {
    expect(mediaTokens('image', { pixels: { width: 900, height: 675 } }, nova1)).toBe(1050);
    expect(mediaTokens('image', { pixels: { width: 8000, height: 8000 } }, nova1)).toBe(2600);
  });

  it('are flat with Nova 2, and the most that there are where its size is unknown', () => {
    expect(mediaTokens('image', { pixels: { width: 900, height: 900 } }, nova2Lite)).toBe(230);
    expect(mediaTokens('image', {}, nova2Lite)).toBe(230);
    expect(mediaTokens('image', {}, nova1)).toBe(2600);
  });
});

describe('the tokens of text and answers', () => {
  it('are a quarter of the bytes, and at most half of them', () => {
    expect(textTokens(0)).toEqual({ expected: 0, most: 0 });
    expect(textTokens(9)).toEqual({ expected: 3, most: 5 });
  });

  it('are half of what the answer may have, and at most all of it', () => {
    expect(answerTokens(1)).toEqual({ expected: 1, most: 1 });
    expect(answerTokens(1500)).toEqual({ expected: 750, most: 1500 });
  });
});
