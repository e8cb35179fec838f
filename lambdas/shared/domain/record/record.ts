import { createHash } from 'node:crypto';
import { plainLine, plainText } from '../../text/plain-text.ts';
import { type Analysis, fillPrompt, type Inference } from '../analysis/analysis.ts';
import type { ModelInvocationType } from '../job/create-request.ts';
import { filenameOf, folderOf, type MediaKind, mediaFormatOf } from '../media/media.ts';
import type { ModelInput, PlannedRecord } from '../plan/plan.ts';

const recordDigits = 6;

/** Returns the hash that makes a job's record IDs unique for ever, from the run's first execution and its start. */
export function jobHashOf(executionArn: string, startedAt: string, attempt: number, jobNumber: number): string {
  const parts = [executionArn, startedAt, attempt, jobNumber];
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 12);
}

/** `3f9a2c81d07b-000042`: the ID of a job's record by its number, from 1. */
export function recordIdOf(jobHash: string, number: number): string {
  return `${jobHash}-${String(number).padStart(recordDigits, '0')}`;
}

/** `3f9a2c81d07b-pad-000001`: the ID of a padding record. */
export function paddingRecordIdOf(jobHash: string, number: number): string {
  return `${jobHash}-pad-${String(number).padStart(recordDigits, '0')}`;
}

/** Reads a record ID of an output line: a record's number, padding, or foreign. */
export function readRecordId(jobHash: string, recordId: string): { number: number } | 'padding' | 'foreign' {
  if (!recordId.startsWith(`${jobHash}-`)) return 'foreign';
  const rest = recordId.slice(jobHash.length + 1);
  if (/^pad-\d{6,}$/.test(rest)) return 'padding';
  const number = Number(rest);
  // Only the exact ID: `…-0000042` is not `…-000042`.
  return /^\d{6,}$/.test(rest) && recordIdOf(jobHash, number) === recordId ? { number } : 'foreign';
}

/**
 * Body of a record for Nova. InvokeModel:
 * https://docs.aws.amazon.com/nova/latest/userguide/complete-request-schema.html. Converse is the same without
 * `schemaVersion`, and never with a `modelId`, which a batch job refuses:
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html,
 * https://github.com/maximhq/bifrost/pull/4516
 */
export interface RecordBody {
  schemaVersion?: 'messages-v1';
  messages: { role: 'user'; content: ContentBlock[] }[];
  inferenceConfig: Inference;
}

type ContentBlock = { text: string } | { video: object } | { image: object };

/** One line of a job's JSONL. */
export interface BatchRecord {
  recordId: string;
  modelInput: RecordBody;
}

/**
 * Makes the record that asks one analysis about one video or image.
 *
 * @param uri where Bedrock reads the media: the original, or a copy of it
 * @throws when the key's format is not one that Bedrock takes; the plan skips such keys
 */
export function mediaRecord(
  recordId: string,
  uri: string,
  { key, maxTokens, columns }: Pick<PlannedRecord, 'key' | 'maxTokens' | 'columns'>,
  analysis: Analysis,
  invocationType: ModelInvocationType,
): BatchRecord {
  const found = mediaFormatOf(key);
  if (found === undefined) {
    throw new TypeError(`Record ${recordId} has media ${key}, expected a video or image format that Bedrock takes.`);
  }
  const { kind, format } = found;
  const media = { format, source: { s3Location: { uri } } };
  const content = [
    kind === 'video' ? { video: media } : { image: media },
    { text: promptFor(key, kind, analysis, columns) },
  ];
  const inference = maxTokens === undefined ? analysis.inference : { ...analysis.inference, maxTokens };
  return { recordId, modelInput: bodyOf(content, inference, invocationType) };
}

/** Says whether a prebuilt body is for InvokeModel, which has a `schemaVersion`, and not for Converse. */
export function isInvokeModel(modelInput: object): boolean {
  return Object.hasOwn(modelInput, 'schemaVersion');
}

/** Makes a prebuilt record under our own ID; with more tokens where its answer was truncated. */
export function prebuiltRecord(
  recordId: string,
  { modelInput }: { modelInput: ModelInput },
  maxTokens?: number,
): { recordId: string; modelInput: ModelInput } {
  if (maxTokens === undefined) return { recordId, modelInput };
  const { inferenceConfig } = modelInput;
  const settings = typeof inferenceConfig === 'object' && !Array.isArray(inferenceConfig) ? inferenceConfig : {};
  return { recordId, modelInput: { ...modelInput, inferenceConfig: { ...settings, maxTokens } } };
}

/** Makes a tiny record that asks for one token, to lift a job to the model's minimum. */
export function paddingRecord(jobHash: string, number: number, invocationType: ModelInvocationType): BatchRecord {
  const recordId = paddingRecordIdOf(jobHash, number);
  return { recordId, modelInput: bodyOf([{ text: 'Say OK.' }], { maxTokens: 1 }, invocationType) };
}

function bodyOf(content: ContentBlock[], inferenceConfig: Inference, invocationType: ModelInvocationType): RecordBody {
  const body: RecordBody = { messages: [{ role: 'user', content }], inferenceConfig };
  return invocationType === 'Converse' ? body : { schemaVersion: 'messages-v1', ...body };
}

/**
 * Fills in the placeholders of a prompt and, where the analysis has a schema, adds the demand for JSON that matches it:
 * Nova has no structured output
 * (https://docs.aws.amazon.com/bedrock/latest/userguide/model-card-amazon-nova-lite.html).
 */
function promptFor(key: string, kind: MediaKind, analysis: Analysis, columns: PlannedRecord['columns']): string {
  // File names and cells are written by others: a name stays on one line, and control characters are visible.
  const cells = Object.entries(columns ?? {}).map(([name, value]) => [name, plainText(value)] as const);
  const names = { key: plainLine(key), filename: plainLine(filenameOf(key)), folder: plainLine(folderOf(key)) };
  // A placeholder wins over a column of the same name.
  const values = { ...Object.fromEntries(cells), ...names, kind };
  const prompt = fillPrompt(analysis.prompt, values);
  if (analysis.schema === undefined) return prompt;
  return [
    prompt,
    'Answer with one JSON object and nothing else: no prose before or after it, no code fence. It must match this JSON Schema:',
    JSON.stringify(analysis.schema),
  ].join('\n\n');
}
