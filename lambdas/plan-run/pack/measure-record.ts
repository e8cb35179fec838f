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

/** The places where an attempt's records may be read from. */
export interface MeasureFor {
  bucket: string;
  stagingBucket: string;
  prefixes: KeyPrefixes;
  /** The longest job name of the attempt. */
  longestJobName: string;
  analyses: readonly Analysis[];
}

const anyHash = '0'.repeat(12);
const newlineBytes = 1;

/** Measures the records of an attempt one by one, before their layout is decided. */
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
    // The longest place counts. A key that is read in place is ASCII.
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

/** Bytes of the record's line without its URI. The InvokeModel body is the longer of the two. */
function bodyBytes(record: PlannedRecord, analysis: Analysis): number {
  return Buffer.byteLength(JSON.stringify(mediaRecord(recordIdOf(anyHash, 1), '', record, analysis, 'InvokeModel')));
}

/** A prebuilt record is sent unchanged, and its media stay in place. */
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
