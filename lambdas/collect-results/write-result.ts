import { type Analysis, recordFingerprint } from '../shared/domain/analysis/analysis.ts';
import type { Job } from '../shared/domain/job/job.ts';
import { type KeyPrefixes, resultKey } from '../shared/domain/keys.ts';
import { mediaKindOf } from '../shared/domain/media/media.ts';
import type { KnownPrice } from '../shared/domain/model/cost.ts';
import type { PlannedRecord } from '../shared/domain/plan/plan.ts';
import type { MediaStore } from '../shared/domain/ports/media-store.ts';
import type { Result } from '../shared/domain/record/result.ts';
import { batchUsdOf, type ResultsListLine } from '../shared/domain/run/results-list.ts';
import type { Answer } from './read-answer.ts';
import type { AnswerJson } from './read-json.ts';

/** A record with its successful answer. */
export interface AnsweredRecord {
  job: Job;
  planned: PlannedRecord;
  analysis: Analysis;
  answer: Answer & { text: string };
  /** Where the analysis has a schema. */
  json?: AnswerJson;
  price: KnownPrice;
}

/**
 * Writes the result file of a record: the answer with its origin. A prebuilt record has no result file, because it
 * names no media of the plan.
 *
 * @returns its line of the results list
 */
export async function writeResult(
  { job, planned, analysis, answer, json, price }: AnsweredRecord,
  store: Pick<MediaStore, 'writeJson'>,
  prefixes: KeyPrefixes,
): Promise<ResultsListLine> {
  const { key, etag, bytes, variant, columns } = planned;
  const { recordId, text, stopReason, inputTokens, outputTokens } = answer;
  const { bucket, runId, jobName, modelId, batchJobArn, endedAt: answeredAt } = job;
  const asked = { analysis: planned.analysis, variant, columns };
  const batchUsd = batchUsdOf(price, answer, planned.earlier);
  const said = { ...json, text, stopReason, inputTokens, outputTokens, batchUsd };
  const line: ResultsListLine = { key, ...asked, outcome: 'succeeded', ...said, recordId, jobName };
  const kind = mediaKindOf(key);
  if (planned.prebuilt !== undefined || kind === undefined) return line;

  const place = resultKey(prefixes, planned.analysis, key, variant);
  const result: Result = {
    media: { bucket, key, kind, etag, bytes },
    ...{ ...asked, fingerprint: recordFingerprint(analysis, planned), modelId },
    ...{ runId, jobName, batchJobArn, recordId, answeredAt },
    ...said,
  };
  await store.writeJson(place, result);
  return { ...line, resultUri: `s3://${bucket}/${place}` };
}
