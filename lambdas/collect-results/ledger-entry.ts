import type { Analysis } from '../shared/domain/analysis/analysis.ts';
import { entryBaseOf, type ListedRecords } from '../shared/domain/job/job-records.ts';
import type { Model } from '../shared/domain/model/models.ts';
import type { PlannedRecord } from '../shared/domain/plan/plan.ts';
import type { LedgerEntry } from '../shared/domain/record/ledger.ts';
import type { JoinedOutput } from './join-output.ts';
import type { Missing } from './retryable.ts';

/** Everything that decides the ledger entries of a job. */
export interface EntryFacts {
  jobHash: string;
  records: ListedRecords;
  joined: JoinedOutput;
  missing: Missing;
  analyses: ReadonlyMap<string, Analysis>;
  model?: Pick<Model, 'maxOutputTokens'>;
}

/** Returns the ledger entry of a record by its number, from 1. */
export function entryOf(number: number, facts: EntryFacts): LedgerEntry {
  const { jobHash, records, joined, missing } = facts;
  const planned = records.planned(number);
  const base = entryBaseOf(jobHash, number, planned);
  const notSent = records.notSent.get(number);
  if (notSent !== undefined) return { ...base, ...notSent };
  const answered = joined.outcomes[number];
  if (answered === undefined) {
    return { ...base, outcome: 'missing', reason: missing.reason, retryable: missing.isRetryable || undefined };
  }
  const { failure, isRetryable, isTruncated, inputTokens, outputTokens } = answered;
  if (failure === undefined) return { ...base, outcome: 'succeeded', inputTokens, outputTokens };
  const truncatedAtTokens = isTruncated ? truncatedAt(planned, outputTokens, facts) : undefined;
  const retryable = isRetryable || truncatedAtTokens !== undefined || undefined;
  return { ...base, outcome: 'failed', reason: failure, retryable, truncatedAtTokens, inputTokens, outputTokens };
}

/** Tokens at which an answer was truncated; undefined where that is the most of the model. */
function truncatedAt(
  planned: PlannedRecord,
  outputTokens: number,
  { analyses, model }: EntryFacts,
): number | undefined {
  const tokens = planned.maxTokens ?? analyses.get(planned.analysis)?.inference.maxTokens ?? outputTokens;
  return tokens > 0 && model !== undefined && tokens < model.maxOutputTokens ? tokens : undefined;
}
