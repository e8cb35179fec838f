import { createHash } from 'node:crypto';
import * as z from 'zod';
import { type MediaKind, mediaKindSchema } from '../media/media.ts';

/** The inference parameters of a model; absent ones are left to the model. */
export const inferenceSchema = z.strictObject({
  maxTokens: z.int().min(1).optional(),
  temperature: z.number().min(0).max(1).optional(),
  topP: z.number().min(0).max(1).optional(),
});
export type Inference = z.infer<typeof inferenceSchema>;

/** The JSON Schema (an object with its keywords) of an answer. */
export const answerSchemaSchema = z.record(z.string(), z.json());

/** An analysis in a plan, complete. */
export const analysisSchema = z.lazy(() =>
  z.object({
    name: z.string(),
    prompt: z.string(),
    /** Kinds of media it applies to. */
    media: z.array(mediaKindSchema),
    inference: inferenceSchema,
    schema: answerSchemaSchema.optional(),
    fingerprint: z.string(),
  }),
);
export type Analysis = z.infer<typeof analysisSchema>;

/** Returns the kinds of media that at least one analysis is for. */
export function mediaKindsOf(analyses: readonly Analysis[]): MediaKind[] {
  return mediaKindSchema.options.filter((kind) => analyses.some(({ media }) => media.includes(kind)));
}

/** The built-in placeholders of a prompt. */
export const promptPlaceholders = ['key', 'filename', 'folder', 'kind'] as const;

const placeholder = /\{\{\s*([^{}]*?)\s*\}\}/g;

/** Returns the manifest columns that a prompt needs: each name in `{{…}}` that is no built-in placeholder, once. */
export function columnsIn(prompt: string): string[] {
  const known: readonly string[] = promptPlaceholders;
  const names = [...prompt.matchAll(placeholder)].map((match) => match[1] ?? '');
  return [...new Set(names)].filter((name) => !known.includes(name));
}

/** Returns whether a prompt without columns is the same for all media of a kind. */
export function isSameForAllMedia(prompt: string): boolean {
  return [...prompt.matchAll(placeholder)].every(([, name]) => name === 'kind');
}

/** Fills in a prompt in one pass: a `{{…}}` inside a file name or a column value stays unchanged. */
export function fillPrompt(prompt: string, values: Readonly<Record<string, string>>): string {
  return prompt.replace(placeholder, (whole, name: string) =>
    Object.hasOwn(values, name) ? (values[name] ?? whole) : whole,
  );
}

/** Returns the hash of all that determines an answer: model, prompt, parameters and schema. */
export function fingerprintOf(modelId: string, analysis: Pick<Analysis, 'prompt' | 'inference' | 'schema'>): string {
  const { prompt, inference, schema } = analysis;
  const parts = [modelId, prompt, inference.maxTokens, inference.temperature, inference.topP, schema ?? null];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}

/** The values of the columns that the prompt of a record uses. */
export interface WithColumns {
  columns?: Readonly<Record<string, string>>;
}

/** Returns the fingerprint of a record: of its analysis and, if its prompt uses manifest columns, of their values. */
export function recordFingerprint({ fingerprint }: Pick<Analysis, 'fingerprint'>, { columns }: WithColumns): string {
  if (columns === undefined) return fingerprint;
  // Sorted, so that the column order of a manifest does not matter.
  const values = Object.entries(columns).sort(([one], [other]) => (one < other ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([fingerprint, values]))
    .digest('hex')
    .slice(0, 32);
}
