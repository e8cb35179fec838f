import type { Analysis } from '../shared/domain/analysis/analysis.ts';
import type { ListedRecords } from '../shared/domain/job/job-records.ts';
import type { Model } from '../shared/domain/model/models.ts';
import type { PlannedRecord } from '../shared/domain/plan/plan.ts';
import type { JobLedgerEntry } from '../shared/domain/record/ledger.ts';
import { recordIdOf } from '../shared/domain/record/record.ts';
import type { JoinedOutput } from './join-output.ts';
import type { Missing } from './retryable.ts';

/** All that decides what became of the records of a job. */
export interface EntryFacts {
  jobHash: string;
  records: ListedRecords;
  joined: JoinedOutput;
  missing: Missing;
  analyses: ReadonlyMap<string, Analysis>;
  model?: Pick<Model, 'maxOutputTokens'>;
}

/** The ledger entry of a record by its number, from 1. */
export function entryOf(number: number, facts: EntryFacts): JobLedgerEntry {
  const { jobHash, records, joined, missing } = facts;
  const planned = records.planned(number);
  const { key, analysis, variant, columns, earlier } = planned;
  const record = { recordId: recordIdOf(jobHash, number), key, analysis, variant, columns };
  const unsent = records.unsent.get(number);
  if (unsent !== undefined) return { ...record, outcome: unsent.outcome, reason: unsent.reason, earlier };
  const answered = joined.outcomes[number];
  if (answered === undefined) {
    return {
      ...record,
      outcome: 'missing',
      reason: missing.reason,
      retryable: missing.isRetryable || undefined,
      earlier,
    };
  }
  const { failure, isRetryable, isTruncated, inputTokens, outputTokens } = answered;
  if (failure === undefined) return { ...record, outcome: 'succeeded', inputTokens, outputTokens, earlier };
  const truncatedAtTokens = isTruncated ? cutAt(planned, outputTokens, facts) : undefined;
  const retryable = isRetryable || truncatedAtTokens !== undefined || undefined;
  return {
    ...record,
    outcome: 'failed',
    reason: failure,
    retryable,
    truncatedAtTokens,
    inputTokens,
    outputTokens,
    earlier,
  };
}

/** The tokens at which an answer was truncated; undefined where the model has no more to give. */
function cutAt(planned: PlannedRecord, outputTokens: number, { analyses, model }: EntryFacts): number | undefined {
  const tokens = planned.maxTokens ?? analyses.get(planned.analysis)?.inference.maxTokens ?? outputTokens;
  return tokens > 0 && model !== undefined && tokens < model.maxOutputTokens ? tokens : undefined;
}
