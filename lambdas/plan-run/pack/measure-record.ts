import type { Analysis } from '../../shared/domain/analysis/analysis.ts';
import { copiesPrefixOf, copyKeyLength, type KeyPrefixes } from '../../shared/domain/keys.ts';
import { mediaFormatOf } from '../../shared/domain/media/media.ts';
import type { ModelInput, PlannedRecord } from '../../shared/domain/plan/plan.ts';
import {
  isInvokeModel,
  mediaRecord,
  paddingRecord,
  prebuiltRecord,
  recordIdOf,
} from '../../shared/domain/record/record.ts';
import { oncePerKind } from '../../shared/domain/record/record-lines.ts';
import type { RecordSize } from './pack-jobs.ts';

/** Where an attempt's records may come to lie. */
export interface MeasureFor {
  bucket: string;
  stagingBucket: string;
  prefixes: KeyPrefixes;
  /** No job of the attempt has a longer one. */
  longestJobName: string;
  analyses: readonly Analysis[];
}

const anyHash = '0'.repeat(12);
const newlineBytes = 1;

/** Measures the records of an attempt, one after the other, before it is known where their jobs lie. */
export function recordMeter({ bucket, stagingBucket, prefixes, longestJobName, analyses }: MeasureFor) {
  const byName = new Map<string, Analysis>(analyses.map((analysis) => [analysis.name, analysis]));
  const inRoot = `s3://${bucket}/${copiesPrefixOf(prefixes, longestJobName, 'root')}`;
  const staged = `s3://${stagingBucket}/${copiesPrefixOf(prefixes, longestJobName, 'staged')}`;
  const longestPrefix = inRoot.length > staged.length ? inRoot : staged;
  const placeLength = `s3://${bucket}/`.length;
  const bodyBytesOf = oncePerKind(bodyBytes);
  let previous: PlannedRecord | undefined;

  return (record: PlannedRecord, line: string): RecordSize => {
    const listBytes = Buffer.byteLength(line) + newlineBytes;
    if (record.prebuilt !== undefined) return sizeOfPrebuilt(record, record.prebuilt, listBytes);
    const analysis = byName.get(record.analysis);
    if (analysis === undefined) {
      throw new TypeError(`Media ${record.key} is asked ${record.analysis}, expected an analysis of the plan.`);
    }
    // Of all places that it may name the longest counts; what is read in place has a key of ASCII.
    const copyBytes = copyKeyLength(longestPrefix, record.key);
    const uriBytes = record.copy ? copyBytes : Math.max(copyBytes, placeLength + record.key.length);
    const isSameMedia = previous?.key === record.key;
    previous = record;
    return {
      listBytes,
      keptBytes: listBytes,
      inputBytes: bodyBytesOf(record, analysis) + uriBytes + newlineBytes,
      mediaBytes: record.bytes,
      isSameMedia,
      isConverse: mediaFormatOf(record.key)?.kind === 'image',
      isCopied: record.copy === true,
    };
  };
}

/** Of the record's line without its URI: of the two bodies that of InvokeModel is the longer one. */
function bodyBytes(record: PlannedRecord, analysis: Analysis): number {
  return Buffer.byteLength(JSON.stringify(mediaRecord(recordIdOf(anyHash, 1), '', record, analysis, 'InvokeModel')));
}

/** A prebuilt record is sent as it came, and its media stay where they lie. */
function sizeOfPrebuilt(
  { maxTokens }: PlannedRecord,
  { modelInput }: { modelInput: ModelInput },
  listBytes: number,
): RecordSize {
  const record = prebuiltRecord(recordIdOf(anyHash, 1), { modelInput }, maxTokens);
  return {
    listBytes,
    // Its body is not kept.
    keptBytes: 0,
    inputBytes: Buffer.byteLength(JSON.stringify(record)) + newlineBytes,
    mediaBytes: 0,
    isSameMedia: false,
    isConverse: !isInvokeModel(modelInput),
    isCopied: false,
  };
}

/** Bytes of one padding record's line in the JSONL. */
export const paddingBytes = Buffer.byteLength(JSON.stringify(paddingRecord(anyHash, 1, 'InvokeModel'))) + newlineBytes;
