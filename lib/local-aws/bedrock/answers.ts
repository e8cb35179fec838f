import { parseJson } from '../json.ts';
import { fillSchema, jsonSchema } from './fill-schema.ts';
import type { MediaFacts } from './media.ts';
import type { ModelFacts } from './models.ts';
import type { Prompt } from './records.ts';

/** An answer before it is put into the response body of an API. */
export interface Answer {
  text: string;
  stopReason: 'end_turn' | 'max_tokens';
  inputTokens: number;
  outputTokens: number;
}

/** Answers with known facts of the media only, as an instance of the prompt's JSON schema if it has one. */
export function answer(
  { text: prompt, maxTokens }: Prompt,
  media: MediaFacts[],
  model: ModelFacts,
  fault?: string,
): Answer {
  const sentence = describe(media, prompt);
  const schema = fault === 'notJson' ? undefined : findSchema(prompt);
  const whole = schema ? JSON.stringify(fillSchema(schema, sentence, media[0])) : sentence;
  const text = whole.slice(0, fault === 'truncate' ? whole.length / 2 : maxTokens * charactersPerToken);
  return {
    text,
    stopReason: text === whole ? 'end_turn' : 'max_tokens',
    inputTokens: media.reduce((sum, facts) => sum + mediaTokens(facts, model.tokens), textTokens(prompt)),
    outputTokens: textTokens(text),
  };
}

/** A rough average. */
const charactersPerToken = 4;
const textTokens = (text: string) => Math.ceil(text.length / charactersPerToken);

// Megapixels and tokens, of images scaled up to 900 pixels. UNVERIFIED are the values between the five (a straight
// line) and above them (the last one): https://docs.aws.amazon.com/nova/latest/userguide/modalities-image.html
const imageSizes = [0.405, 0.81, 1.26, 1.62, 1.69];
const imageCosts = [800, 1_300, 1_800, 2_400, 2_600];

// 288 tokens a frame: https://docs.aws.amazon.com/nova/latest/userguide/modalities-video.html
function mediaTokens({ seconds, width, height }: MediaFacts, { maxFrames, imageTokens }: ModelFacts['tokens']): number {
  if (seconds !== undefined) return 288 * Math.min(Math.ceil(seconds), maxFrames);
  if (imageTokens !== undefined) return imageTokens;
  const enlarged = Math.max(1, 900 / Math.max(width, height)) ** 2;
  const megapixels = Math.min(Math.max((width * height * enlarged) / 1e6, 0.405), 1.69);
  const next = Math.max(
    1,
    imageSizes.findIndex((size) => megapixels <= size),
  );
  const [from = 0, to = 0] = imageSizes.slice(next - 1);
  const [least = 0, most = 0] = imageCosts.slice(next - 1);
  return Math.round(least + ((most - least) * (megapixels - from)) / (to - from));
}

function describe(media: MediaFacts[], prompt: string): string {
  const known = media.map(({ container, codec, width, height, seconds, bytes }) => {
    const duration = seconds === undefined ? '' : `${seconds} s, `;
    return `${container}, ${codec}, ${width}x${height} pixels, ${duration}${bytes} bytes`;
  });
  const what = known.join('; ') || `${prompt.length} characters of text, no media`;
  return `Simulated answer, no model has seen this: ${what}.`;
}

/** The first JSON object in the text that is the schema of an object or a list. */
function findSchema(text: string): unknown {
  for (let start = text.indexOf('{'); start >= 0; start = text.indexOf('{', start + 1)) {
    const value = parseJson(objectAt(text.slice(start)));
    const { data: schema } = jsonSchema.safeParse(value);
    if (schema?.properties || schema?.items) return value;
  }
  return undefined;
}

/** The text up to the brace that closes its first one. */
function objectAt(text: string): string {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:\\.|[^"\\])*"|[{}]/g)) {
    if (token === '{') depth += 1;
    if (token === '}') depth -= 1;
    if (depth === 0) return text.slice(0, index + 1);
  }
  return text;
}
