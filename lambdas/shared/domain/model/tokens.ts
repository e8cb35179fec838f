import type { MediaKind } from '../media/media.ts';

/** What a model makes of media, in tokens. */
export interface TokenRules {
  /** Video is sampled once a second, up to this many frames. */
  maxFrames: number;
  /** Every image counts the same; absent where its pixels decide. */
  imageTokens?: number;
}

/** What is known of media without looking at the pictures; neither, where the file does not tell. */
export interface MediaFacts {
  /** Of a video. */
  seconds?: number;
  /** Of an image. */
  pixels?: { width: number; height: number };
}

/** 2,880 tokens for 10 s, at a frame a second: https://docs.aws.amazon.com/nova/latest/userguide/modalities-video.html */
const tokensPerFrame = 288;

/**
 * Tokens of an image by its pixels, "approximate": https://docs.aws.amazon.com/nova/latest/userguide/modalities-image.html. What
 * lies between the five is taken as a straight line, and more pixels than the last has as that one (UNVERIFIED).
 */
const imageTable = [
  { pixels: 900 * 450, tokens: 800 },
  { pixels: 900 * 900, tokens: 1300 },
  { pixels: 1400 * 900, tokens: 1800 },
  { pixels: 1800 * 900, tokens: 2400 },
  { pixels: 1300 * 1300, tokens: 2600 },
];
const maxImageTokens = 2600;

/** The longer side that a small image is scaled up to; same page, where 800 × 400 counts as 900 × 450. */
const leastLongerSide = 900;

/** Tokens that media count; media of which nothing is known count as the longest that the model bills. */
export function mediaTokens(kind: MediaKind, { seconds, pixels }: MediaFacts, rules: TokenRules): number {
  if (kind === 'video') return tokensPerFrame * Math.min(Math.ceil(seconds ?? rules.maxFrames), rules.maxFrames);
  if (rules.imageTokens !== undefined) return rules.imageTokens;
  return pixels === undefined ? maxImageTokens : tokensOfPixels(pixels);
}

function tokensOfPixels({ width, height }: { width: number; height: number }): number {
  const scale = Math.max(1, leastLongerSide / Math.max(width, height));
  const pixels = width * height * scale * scale;
  const above = imageTable.findIndex((point) => pixels <= point.pixels);
  const [low, high] = [imageTable[above - 1], imageTable[above]];
  if (low === undefined || high === undefined) return high?.tokens ?? maxImageTokens;
  const part = (pixels - low.pixels) / (high.pixels - low.pixels);
  return Math.round(low.tokens + part * (high.tokens - low.tokens));
}

/**
 * Bytes of text for a token. Nobody publishes Nova's tokenizer, so both are assumptions (UNVERIFIED): four characters are usual
 * for English prose, and as bytes of UTF-8 they do not take other scripts for cheap; two is more than text needs.
 */
const bytesPerToken = { expected: 4, least: 2 } as const;

/** Tokens of a text by its bytes in UTF-8: those to expect, and the most that it can plausibly have. */
export function textTokens(bytes: number): { expected: number; most: number } {
  return { expected: Math.ceil(bytes / bytesPerToken.expected), most: Math.ceil(bytes / bytesPerToken.least) };
}

/**
 * Tokens of an answer that may have so many. No measured figure exists: half of the room is what an analysis that was given a
 * sensible one is taken to use, and it can use all of it.
 */
export function answerTokens(maxTokens: number): { expected: number; most: number } {
  return { expected: Math.ceil(maxTokens / 2), most: maxTokens };
}
