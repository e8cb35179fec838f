import type { PartBuffer } from '../../text/upload-parts.ts';
import { type Analysis, isSameForAllMedia } from '../analysis/analysis.ts';
import type { ModelInvocationType } from '../job/create-request.ts';
import { extensionOf } from '../media/media.ts';
import type { PlannedRecord } from '../plan/plan.ts';
import { mediaRecord } from './record.ts';

/** The fields of a record that its line is made of, beside ID and URI. */
type Asked = Pick<PlannedRecord, 'key' | 'maxTokens' | 'columns'>;

/**
 * Computes a value once for all records whose lines differ only in ID and URI, and again for a record with a prompt of
 * its own.
 */
export function oncePerKind<Some extends Asked, Found>(find: (record: Some, analysis: Analysis) => Found) {
  const sameForAll = new Map<Analysis, boolean>();
  const known = new Map<string, Found>();

  return (record: Some, analysis: Analysis): Found => {
    const isSame = sameForAll.get(analysis) ?? isSameForAllMedia(analysis.prompt);
    sameForAll.set(analysis, isSame);
    const { key, maxTokens, columns } = record;
    if (!isSame || columns !== undefined) return find(record, analysis);
    const kind = `${extensionOf(key)}\n${maxTokens ?? ''}\n${analysis.name}`;
    const found = known.get(kind) ?? find(record, analysis);
    known.set(kind, found);
    return found;
  };
}

/** The line of a record around its ID and URI, without the quotes of either; long pieces as bytes. */
interface LineParts {
  beforeId: Buffer;
  betweenIdAndUri: string;
  afterUri: Buffer;
}

/**
 * Adds the lines of records as `JSON.stringify(mediaRecord(…))` would write them. For 100,000 records that ask the
 * same, prompt and schema are made into bytes once.
 *
 * @throws as `mediaRecord`
 */
export function recordLines(invocationType: ModelInvocationType, parts: Pick<PartBuffer, 'add'>) {
  const partsOf = oncePerKind(partsOfLine);

  return (recordId: string, uri: string, record: Asked, analysis: Analysis): void => {
    const { beforeId, betweenIdAndUri, afterUri } = partsOf(record, analysis);
    parts.add(beforeId);
    // An ID has letters, digits and hyphens only.
    parts.add(`${recordId}${betweenIdAndUri}${JSON.stringify(uri).slice(1, -1)}`);
    parts.add(afterUri);
  };

  function partsOfLine(record: Asked, analysis: Analysis): LineParts {
    // The ID is the first field and the URI is before the prompt, so the first two are the marks, whatever the prompt
    // says.
    const mark = '?';
    const line = `${JSON.stringify(mediaRecord(mark, mark, record, analysis, invocationType))}\n`;
    const id = line.indexOf(`"${mark}"`) + 1;
    const uri = line.indexOf(`"${mark}"`, id + 1) + 1;
    return {
      beforeId: Buffer.from(line.slice(0, id)),
      betweenIdAndUri: line.slice(id + 1, uri),
      afterUri: Buffer.from(line.slice(uri + 1)),
    };
  }
}
