import * as z from 'zod';
import type { Analysis } from '../../shared/domain/analysis/analysis.ts';
import { type MediaKind, mediaFormatOf } from '../../shared/domain/media/media.ts';
import type { ModelInput, PlannedRecord } from '../../shared/domain/plan/plan.ts';
import { mediaRecord } from '../../shared/domain/record/record.ts';

/** What one record asks, as far as it costs. */
export interface AskedRecord {
  textBytes: number;
  maxTokens: number;
  /** The media of a record of ours; a prebuilt record names its own. */
  kind?: MediaKind;
  /** Media of a prebuilt record: they are not looked into, and count as the longest. */
  unknownMedia: readonly MediaKind[];
}

/** What a record asks. @param maxOutputTokens of the model, where a prebuilt record sets no limit of its own */
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

/** The room for its answer in a body for Nova, under today's name or the one before it: the larger one, where it is a number at all. */
function limitIn({ inferenceConfig }: ModelInput): number | undefined {
  const { maxTokens, max_new_tokens } = limitsSchema.parse(inferenceConfig);
  return maxTokens === undefined ? max_new_tokens : Math.max(maxTokens, max_new_tokens ?? 0);
}

const limit = z.int().min(1).optional().catch(undefined);
const limitsSchema = z.object({ maxTokens: limit, max_new_tokens: limit }).catch({});

/** Strings of a body that are not read as text. */
const notText: ReadonlySet<string> = new Set(['role', 'type', 'format', 'schemaVersion']);

/** Text and media anywhere in a body. Whatever brings a `source` is media; what is no image counts as a video, the dearest kind. */
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
