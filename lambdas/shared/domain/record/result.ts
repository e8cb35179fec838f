import * as z from 'zod';
import { mediaKindSchema } from '../media/media.ts';
import { usdSchema } from '../model/cost.ts';
import { submittedEntrySchema } from './ledger.ts';

/** What a model said, and what it cost. */
export const answerSchema = z.strictObject({
  /** What the model said, without its reasoning. */
  text: z.string().min(1),
  /**
   * The JSON in the text, which may not match the schema; absent where the analysis has no schema or the text no JSON.
   */
  json: z.unknown().optional(),
  /** The JSON was broken, and this is a repair. */
  repaired: z.boolean().optional(),
  /** Why the text does not match the analysis's schema, at most 20 reasons. */
  schemaErrors: z.array(z.string()).optional(),
  /** Why the model stopped, such as `end_turn`. */
  stopReason: z.string().optional(),
  inputTokens: z.int().min(0),
  outputTokens: z.int().min(0),
  /** USD for all attempts of the record. */
  batchUsd: usdSchema,
});

/** The latest answer about one media to one analysis, with its origin: the file that users get. */
export const resultSchema = z.strictObject({
  /** The object as it was when the record was planned. */
  media: z.strictObject({
    bucket: z.string(),
    key: z.string(),
    kind: mediaKindSchema,
    etag: z.string(),
    bytes: z.int().min(0),
  }),
  ...submittedEntrySchema.pick({ analysis: true, variant: true, columns: true, recordId: true }).shape,
  /** Hash of model, prompt, settings, schema and columns: two results with the same one were asked the same. */
  fingerprint: z.string(),
  modelId: z.string(),
  runId: z.string(),
  jobName: z.string(),
  /** Bedrock's own name of the job. */
  batchJobArn: z.string().optional(),
  /** When the job ended. */
  answeredAt: z.iso.datetime().optional(),
  ...answerSchema.shape,
});
export type Result = z.infer<typeof resultSchema>;
