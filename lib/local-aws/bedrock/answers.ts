import { parseJson } from '../json.ts';
import { fillSchema, jsonSchema } from './fill-schema.ts';
import type { MediaFacts } from './media.ts';
import type { Model } from './models.ts';
import type { Prompt } from './records.ts';

/** An answer before it is put into the response body of an API. */
export interface Answer {
  text: string;
  stopReason: 'end_turn' | 'max_tokens';
  inputTokens: number;
  outputTokens: number;
}

/** Answers with what is known of the media and nothing else, in the shape of the JSON schema that the prompt holds, if any. */
export function answer({ text: prompt, maxTokens }: Prompt, media: MediaFacts[], model: Model, fault?: string): Answer {
  const sentence = describe(media, prompt);
  const schema = fault === 'notJson' ? undefined : findSchema(prompt);
  const whole = schema ? JSON.stringify(fillSchema(schema, sentence, media[0])) : sentence;
  const text = whole.slice(0, fault === 'truncate' ? whole.length / 2 : maxTokens * charactersPerToken);
  return {
    text,
    stopReason: text === whole ? 'end_turn' : 'max_tokens',
    inputTokens: media.reduce((sum, facts) => sum + mediaTokens(facts, model), textTokens(prompt)),
    outputTokens: textTokens(text),
  };
}

/** A rough average. */
const charactersPerToken = 4;
const textTokens = (text: string) => Math.ceil(text.length / charactersPerToken);

// 288 tokens a frame: https://docs.aws.amazon.com/nova/latest/userguide/modalities-video.html. An image has from 800 tokens
// (900x450) to 2,600 (1300x1300): https://docs.aws.amazon.com/nova/latest/userguide/modalities-image.html
function mediaTokens({ seconds, width, height }: MediaFacts, { maxFrames, imageTokens }: Model): number {
  if (seconds !== undefined) return 288 * Math.min(Math.ceil(seconds), maxFrames);
  return imageTokens ?? Math.min(2_600, Math.max(800, Math.round(800 + (width * height - 405_000) * 0.0014)));
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

/** As much of the text as is needed to close its first brace. */
function objectAt(text: string): string {
  let depth = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:\\.|[^"\\])*"|[{}]/g)) {
    if (token === '{') depth += 1;
    if (token === '}') depth -= 1;
    if (depth === 0) return text.slice(0, index + 1);
  }
  return text;
}
