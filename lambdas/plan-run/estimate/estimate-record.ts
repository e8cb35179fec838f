import * as z from 'zod';
import type { Analysis } from '../../shared/domain/analysis/analysis.ts';
import { type MediaKind, mediaFormatOf } from '../../shared/domain/media/media.ts';
import type { ModelInput, PlannedRecord } from '../../shared/domain/plan/plan.ts';
import { mediaRecord } from '../../shared/domain/record/record.ts';

/** The parts of a record that cost. */
export interface AskedRecord {
  textBytes: number;
  maxTokens: number;
  /** The kind of its media; absent for a prebuilt record. */
  kind?: MediaKind;
  /** Media of a prebuilt record: their headers are not read, and they count as the longest. */
  unknownMedia: readonly MediaKind[];
}

/** Returns what a record asks. @param maxOutputTokens the model's, for a prebuilt record without a limit */
export function askedBy(record: PlannedRecord, analysis: Analysis | undefined, maxOutputTokens: number): AskedRecord {
  const { prebuilt, key, maxTokens } = record;
  if (prebuilt !== undefined) {
    const limit = maxTokens ?? limitIn(prebuilt.modelInput) ?? maxOutputTokens;
    return { ...contentOf(prebuilt.modelInput), maxTokens: Math.min(limit, maxOutputTokens) };
  }
  if (analysis === undefined) {
    throw new TypeError(`Media ${key} is asked ${record.analysis}, expected an analysis of the plan.`);
  }
  const { modelInput } = mediaRecord('', '', record, analysis, 'Converse');
  return {
    ...contentOf(modelInput.messages),
    maxTokens: modelInput.inferenceConfig.maxTokens ?? maxOutputTokens,
    kind: mediaFormatOf(key)?.kind,
    unknownMedia: [],
  };
}

/** Returns the token limit in a body for Nova, under its new or older name: the larger one, if it is a number. */
function limitIn({ inferenceConfig }: ModelInput): number | undefined {
  const { maxTokens, max_new_tokens } = limitsSchema.parse(inferenceConfig);
  return maxTokens === undefined ? max_new_tokens : Math.max(maxTokens, max_new_tokens ?? 0);
}

const limit = z.int().min(1).optional().catch(undefined);
const limitsSchema = z.object({ maxTokens: limit, max_new_tokens: limit }).catch({});

/** Fields of a body that are not text for the model. */
const notText: ReadonlySet<string> = new Set(['role', 'type', 'format', 'schemaVersion']);

/** Finds text and media anywhere in a body. A `source` means media, which counts as a video unless it is an image. */
function contentOf(body: unknown) {
  const found = { textBytes: 0, unknownMedia: [] as MediaKind[] };
  look(body, '');
  return found;

  function look(value: unknown, name: string): void {
    if (typeof value === 'string' && !notText.has(name)) found.textBytes += Buffer.byteLength(value);
    if (typeof value !== 'object' || value === null) return;
    if ('source' in value) found.unknownMedia.push(name === 'image' ? 'image' : 'video');
    for (const [inside, each] of Object.entries(value)) if (inside !== 'source') look(each, inside);
  }
}
