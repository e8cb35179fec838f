import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type MediaKind, mediaKindSchema } from '../media/media.ts';

/** How a model is to answer; what is absent is left to the model. */
export const inferenceSchema = z.strictObject({
  maxTokens: z.int().min(1).optional(),
  temperature: z.number().min(0).max(1).optional(),
  topP: z.number().min(0).max(1).optional(),
});
export type Inference = z.infer<typeof inferenceSchema>;

/** A JSON Schema (an object with its keywords) that the answer is to match. */
export const answerSchemaSchema = z.record(z.string(), z.json());

/** An analysis as the plan holds it: complete, with nothing left to look up. Fields that another version has added pass. */
export const analysisSchema = z.lazy(() =>
  z.object({
    name: z.string(),
    prompt: z.string(),
    /** Kinds of media that it can be asked of; plans from before there were images name none. */
    media: z.array(mediaKindSchema).default(['video']),
    // What another version has added is sent as that version would have sent it.
    inference: inferenceSchema.loose(),
    schema: answerSchemaSchema.optional(),
    fingerprint: z.string(),
  }),
);
export type Analysis = z.infer<typeof analysisSchema>;

/** The kinds of media that at least one of the analyses is for. */
export function kindsAskedBy(analyses: readonly Analysis[]): MediaKind[] {
  return mediaKindSchema.options.filter((kind) => analyses.some(({ media }) => media.includes(kind)));
}

/** What a prompt can say about its media. */
export const promptPlaceholders = ['key', 'filename', 'folder', 'kind'] as const;

const placeholder = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** The names in `{{…}}` of a prompt that no placeholder has, each once: the columns of a manifest that it needs. */
export function columnsIn(prompt: string): string[] {
  const known: readonly string[] = promptPlaceholders;
  const names = [...prompt.matchAll(placeholder)].map((match) => match[1] ?? '');
  return [...new Set(names)].filter((name) => !known.includes(name));
}

/** Whether a prompt without columns is the same for all media of a kind, whatever they are called. */
export function isSameForAllMedia(prompt: string): boolean {
  return [...prompt.matchAll(placeholder)].every(([, name]) => name === 'kind');
}

/** The prompt with its placeholders filled in, in one pass: a `{{…}}` inside a file name or a column's value stays as it is. */
export function fillPrompt(prompt: string, values: Readonly<Record<string, string>>): string {
  return prompt.replace(placeholder, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? whole) : whole,
  );
}

/** Hash of all that decides the answer: model, prompt, settings and schema. Two analyses with the same one ask the same. */
export function fingerprintOf(modelId: string, analysis: Pick<Analysis, 'prompt' | 'inference' | 'schema'>): string {
  const { prompt, inference, schema } = analysis;
  const asked = [modelId, prompt, inference.maxTokens, inference.temperature, inference.topP, schema ?? null];
  return createHash('sha256').update(JSON.stringify(asked)).digest('hex').slice(0, 32);
}

/** Values of the columns that a record's prompt uses. */
export interface WithColumns {
  columns?: Readonly<Record<string, string>>;
}

/** What a record asks: the fingerprint of its analysis, and where the prompt uses columns of a manifest their values too. */
export function recordFingerprint({ fingerprint }: Pick<Analysis, 'fingerprint'>, { columns }: WithColumns): string {
  if (columns === undefined) return fingerprint;
  // In an order of their own, so that those of a manifest do not matter.
  const values = Object.entries(columns).sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([fingerprint, values]))
    .digest('hex')
    .slice(0, 32);
}
