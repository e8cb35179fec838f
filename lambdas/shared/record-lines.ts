import { type Analysis, isSameForAllMedia } from './analyses.ts';
import type { ModelInvocationType } from './jobs.ts';
import { mediaFormatOf } from './media.ts';
import type { PlannedRecord } from './plan.ts';
import { mediaRecord } from './records.ts';

/** Of a record, what its line is made of beside its ID and its URI. */
type Asked = Pick<PlannedRecord, 'key' | 'maxTokens' | 'columns'>;

/**
 * Names what records have in common whose lines differ in nothing but ID and URI, so that what follows from it is found once; gives
 * undefined for a record whose prompt is its own.
 */
export function recordKinds() {
  const sameForAll = new Map<Analysis, boolean>();
  return ({ key, maxTokens, columns }: Asked, analysis: Analysis): string | undefined => {
    const isSame = sameForAll.get(analysis) ?? isSameForAllMedia(analysis.prompt);
    sameForAll.set(analysis, isSame);
    if (!isSame || columns !== undefined) return undefined;
    return `${mediaFormatOf(key)?.format}\n${maxTokens ?? ''}\n${analysis.name}`;
  };
}

/** The line of a record around its ID and its URI, as JSON without the quotes of either. */
interface LineParts {
  beforeId: string;
  betweenIdAndUri: string;
  afterUri: string;
}

/**
 * Writes the lines of records as `JSON.stringify(mediaRecord(…))` would: of 100,000 that ask the same, the prompt and its schema are
 * written as JSON once.
 *
 * @throws as `mediaRecord`
 */
export function recordLines(invocationType: ModelInvocationType) {
  const kindOf = recordKinds();
  const known = new Map<string, LineParts>();

  return (recordId: string, uri: string, record: Asked, analysis: Analysis): string => {
    const kind = kindOf(record, analysis);
    if (kind === undefined) return JSON.stringify(mediaRecord(recordId, uri, record, analysis, invocationType));
    const parts = known.get(kind) ?? partsOf(record, analysis);
    known.set(kind, parts);
    // An ID has letters, digits and hyphens only.
    return `${parts.beforeId}${recordId}${parts.betweenIdAndUri}${JSON.stringify(uri).slice(1, -1)}${parts.afterUri}`;
  };

  function partsOf(record: Asked, analysis: Analysis): LineParts {
    // The ID is the first field and the URI is before the prompt, so that the first of these are the marks, whatever the prompt says.
    const mark = '?';
    const line = JSON.stringify(mediaRecord(mark, mark, record, analysis, invocationType));
    const id = line.indexOf(`"${mark}"`) + 1;
    const uri = line.indexOf(`"${mark}"`, id + 1) + 1;
    return { beforeId: line.slice(0, id), betweenIdAndUri: line.slice(id + 1, uri), afterUri: line.slice(uri + 1) };
  }
}
