import type { Analysis } from '../../shared/analyses.ts';
import { type MediaKind, mediaFormatOf } from '../../shared/media.ts';
import type { PlannedRecord } from '../../shared/plan.ts';
import { mediaRecord } from '../../shared/records.ts';

/** What one record asks, as far as it costs. */
export interface AskedRecord {
  textBytes: number;
  maxTokens: number;
  /** The media of a record of ours; a finished record names its own. */
  kind?: MediaKind;
  /** Media of a finished record: they are not looked into, and count as the longest. */
  unknownMedia: readonly MediaKind[];
}

/** What a record asks. @param maxOutputTokens of the model, where a finished record sets no limit of its own */
export function askedBy(record: PlannedRecord, analysis: Analysis | undefined, maxOutputTokens: number): AskedRecord {
  const { given, key, maxTokens } = record;
  if (given !== undefined) {
    const { textBytes, unknownMedia, limits } = contentOf(given.modelInput);
    return { textBytes, unknownMedia, maxTokens: maxTokens ?? Math.min(maxOutputTokens, ...limits) };
  }
  if (analysis === undefined) {
    throw new TypeError(`Media ${key} is asked ${record.analysis}, expected an analysis of the plan.`);
  }
  const { modelInput } = mediaRecord('', '', record, analysis, 'Converse');
  const { textBytes } = contentOf(modelInput.messages);
  return {
    textBytes,
    maxTokens: modelInput.inferenceConfig.maxTokens ?? maxOutputTokens,
    kind: mediaFormatOf(key)?.kind,
    unknownMedia: [],
  };
}

/** Names under which bodies of the models limit their answers. */
const limitNames: ReadonlySet<string> = new Set(['maxTokens', 'max_tokens', 'max_new_tokens', 'max_gen_len']);

/** Strings of a body that are not read as text. */
const notText: ReadonlySet<string> = new Set(['role', 'type', 'schemaVersion', 'anthropic_version']);

/** Text and media anywhere in a body. Whatever brings a `source` is media; what is no image counts as a video, the dearest kind. */
function contentOf(body: unknown) {
  const found = { textBytes: 0, unknownMedia: [] as MediaKind[], limits: [] as number[] };
  look(body, '');
  return found;

  function look(value: unknown, name: string): void {
    if (typeof value === 'string' && !notText.has(name)) found.textBytes += Buffer.byteLength(value);
    if (typeof value === 'number' && limitNames.has(name)) found.limits.push(value);
    if (typeof value !== 'object' || value === null) return;
    if ('source' in value) found.unknownMedia.push(name === 'image' ? 'image' : 'video');
    else for (const [inside, each] of Object.entries(value)) look(each, inside);
  }
}
