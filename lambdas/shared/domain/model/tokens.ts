import type { MediaKind } from '../media/media.ts';
import type { MediaHeader } from '../media/media-header.ts';

/** How a model counts media in tokens. */
export interface TokenRules {
  /** Video is sampled once a second, up to this many frames. */
  maxFrames: number;
  /** Tokens of every image; absent if they depend on its pixels. */
  imageTokens?: number;
}

/** 2,880 tokens for 10 s, a frame a second: https://docs.aws.amazon.com/nova/latest/userguide/modalities-video.html */
const tokensPerFrame = 288;

/**
 * Tokens of an image by its pixels, "approximate", linear between two points and constant after the last (UNVERIFIED):
 * https://docs.aws.amazon.com/nova/latest/userguide/modalities-image.html
 */
const imageTable = [
  { pixels: 900 * 450, tokens: 800 },
  { pixels: 900 * 900, tokens: 1300 },
  { pixels: 1400 * 900, tokens: 1800 },
  { pixels: 1800 * 900, tokens: 2400 },
  { pixels: 1300 * 1300, tokens: 2600 },
];
const maxImageTokens = 2600;

/** A small image is scaled up to this longer side; same page, where 800 × 400 counts as 900 × 450. */
const leastLongerSide = 900;

/** Returns the tokens of a file; an unknown length counts as the longest that the model bills. */
export function mediaTokens(
  kind: MediaKind,
  { seconds, pixels }: Pick<MediaHeader, 'seconds' | 'pixels'>,
  rules: TokenRules,
): number {
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
 * Bytes of text per token. Nova's tokenizer is not published, so both are assumptions (UNVERIFIED): English prose
 * usually has four characters a token, counted in UTF-8 so that other scripts are not underestimated; two is a safe
 * limit.
 */
const bytesPerToken = { expected: 4, least: 2 } as const;

/** Returns the tokens of a text by its bytes in UTF-8: the expected count, and the most that is plausible. */
export function textTokens(bytes: number): { expected: number; most: number } {
  return { expected: Math.ceil(bytes / bytesPerToken.expected), most: Math.ceil(bytes / bytesPerToken.least) };
}

/** Returns the tokens of an answer with this limit: half of it is an assumption without a measured figure. */
export function answerTokens(maxTokens: number): { expected: number; most: number } {
  return { expected: Math.ceil(maxTokens / 2), most: maxTokens };
}
