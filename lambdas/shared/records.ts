import { createHash } from 'node:crypto';
import { type Analysis, fillPrompt } from './analyses.ts';
import { filenameOf, folderOf, videoFormatOf } from './media.ts';
import type { PlannedRecord } from './plan.ts';

const recordDigits = 6;

/** Hash that makes a job's record IDs unique for ever: an execution's ARN and start name it once and for all. */
export function jobHashOf(executionArn: string, startedAt: string, jobIndex: number): string {
  return createHash('sha256').update(`${executionArn}\n${startedAt}\n${jobIndex}`).digest('hex').slice(0, 12);
}

/** `3f9a2c81d07b-000042`: the ID of a job's record by its number, from 1. */
export function recordIdOf(jobHash: string, number: number): string {
  return `${jobHash}-${String(number).padStart(recordDigits, '0')}`;
}

/** `3f9a2c81d07b-pad-000001`: the ID of a padding record. */
export function paddingRecordIdOf(jobHash: string, number: number): string {
  return `${jobHash}-pad-${String(number).padStart(recordDigits, '0')}`;
}

/** What a record ID of an output line says: a record's number, padding, or nothing of ours. */
export function readRecordId(jobHash: string, recordId: string): { number: number } | 'padding' | 'foreign' {
  if (!recordId.startsWith(`${jobHash}-`)) return 'foreign';
  const rest = recordId.slice(jobHash.length + 1);
  if (/^pad-\d{6,}$/.test(rest)) return 'padding';
  const number = Number(rest);
  // Only the very ID that we gave: `…-0000042` is not `…-000042`.
  return /^\d{6,}$/.test(rest) && recordIdOf(jobHash, number) === recordId ? { number } : 'foreign';
}

/** Body of an InvokeModel record for Nova: https://docs.aws.amazon.com/nova/latest/userguide/complete-request-schema.html */
export interface NovaBody {
  schemaVersion: 'messages-v1';
  messages: { role: 'user'; content: ({ text: string } | { video: object })[] }[];
  inferenceConfig: { maxTokens?: number; temperature?: number; topP?: number };
}

/** One line of a job's JSONL. */
export interface BatchRecord {
  recordId: string;
  modelInput: NovaBody;
}

/**
 * The record that asks one analysis of one video.
 *
 * @throws when the key has no format that Bedrock takes; the plan leaves such keys out
 */
export function videoRecord(bucket: string, planned: PlannedRecord, analysis: Analysis): BatchRecord {
  const format = videoFormatOf(planned.key);
  if (format === undefined) {
    throw new TypeError(
      `Record ${planned.recordId} has media ${planned.key}, expected a video format that Bedrock takes.`,
    );
  }
  const video = { format, source: { s3Location: { uri: `s3://${bucket}/${planned.key}` } } };
  return {
    recordId: planned.recordId,
    modelInput: {
      schemaVersion: 'messages-v1',
      messages: [{ role: 'user', content: [{ video }, { text: promptFor(planned.key, analysis) }] }],
      inferenceConfig: analysis.inference,
    },
  };
}

/** A tiny record that asks for one token, to lift a job to the model's minimum. */
export function paddingRecord(jobHash: string, number: number): BatchRecord {
  return {
    recordId: paddingRecordIdOf(jobHash, number),
    modelInput: {
      schemaVersion: 'messages-v1',
      messages: [{ role: 'user', content: [{ text: 'Say OK.' }] }],
      inferenceConfig: { maxTokens: 1 },
    },
  };
}

/**
 * The prompt with its placeholders filled in and, where the analysis has a schema, the demand for JSON that matches it:
 * Nova has no structured output (https://docs.aws.amazon.com/bedrock/latest/userguide/model-card-amazon-nova-lite.html).
 */
function promptFor(key: string, analysis: Analysis): string {
  const prompt = fillPrompt(analysis.prompt, { key, filename: filenameOf(key), folder: folderOf(key) });
  if (analysis.schema === undefined) return prompt;
  return [
    prompt,
    'Answer with one JSON object and nothing else: no prose before or after it, no code fence. It must match this JSON Schema:',
    JSON.stringify(analysis.schema),
  ].join('\n\n');
}
