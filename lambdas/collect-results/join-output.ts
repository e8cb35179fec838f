import type { Job } from '../shared/jobs.ts';
import { statusMeaning } from '../shared/jobs.ts';
import type { LedgerEntry, RecordCounts } from '../shared/ledger.ts';
import type { PlannedRecord } from '../shared/plan.ts';
import type { TokenUsage } from '../shared/pricing.ts';
import { readRecordId } from '../shared/records.ts';
import { type Answer, readAnswer } from './read-answer.ts';

/** What an output file says, joined to the records of its job. */
export interface JoinedOutput {
  /** By record number, from 1; a hole where no line answers the record. */
  outcomes: ({ failure?: string; inputTokens: number; outputTokens: number } | undefined)[];
  usage: TokenUsage;
  duplicateLines: number;
  foreignLines: number;
}

export function emptyJoin(): JoinedOutput {
  return { outcomes: [], usage: { inputTokens: 0, outputTokens: 0 }, duplicateLines: 0, foreignLines: 0 };
}

/**
 * Joins one output line by its `recordId`, in whatever order lines come: Bedrock guarantees none. Gives the answer when the
 * line is the first for a record that succeeded.
 */
export function joinLine(
  line: string,
  job: Pick<Job, 'jobHash' | 'records'>,
  joined: JoinedOutput,
): { number: number; answer: Answer & { text: string } } | undefined {
  const answer = readAnswer(line);
  const id = answer && readRecordId(job.jobHash, answer.recordId);
  if (answer === undefined || id === undefined || id === 'foreign') {
    joined.foreignLines += 1;
    return undefined;
  }
  const isPadding = id === 'padding';
  if (!isPadding && (id.number < 1 || id.number > job.records)) {
    joined.foreignLines += 1;
    return undefined;
  }
  if (!isPadding && joined.outcomes[id.number] !== undefined) {
    joined.duplicateLines += 1;
    return undefined;
  }
  // Padding is paid for as well, so its tokens count; it is in no other number.
  joined.usage.inputTokens += answer.inputTokens;
  joined.usage.outputTokens += answer.outputTokens;
  if (isPadding) return undefined;
  const { failure, inputTokens, outputTokens, text } = answer;
  joined.outcomes[id.number] = { failure, inputTokens, outputTokens };
  return failure === undefined && text !== undefined ? { number: id.number, answer: { ...answer, text } } : undefined;
}

/** The ledger entry of a record, by its number. */
export function ledgerEntryOf(
  planned: PlannedRecord,
  number: number,
  joined: JoinedOutput,
  missingReason: string,
): LedgerEntry {
  const { recordId, key, analysis } = planned;
  const outcome = joined.outcomes[number];
  if (outcome === undefined) return { recordId, key, analysis, outcome: 'missing', reason: missingReason };
  const { failure, inputTokens, outputTokens } = outcome;
  if (failure !== undefined)
    return { recordId, key, analysis, outcome: 'failed', reason: failure, inputTokens, outputTokens };
  return { recordId, key, analysis, outcome: 'succeeded', inputTokens, outputTokens };
}

/** The counts of a job's records; every one of them is in exactly one. */
export function countRecords(job: Pick<Job, 'records'>, joined: JoinedOutput): RecordCounts {
  let succeeded = 0;
  let failed = 0;
  for (const outcome of joined.outcomes) {
    if (outcome === undefined) continue;
    if (outcome.failure === undefined) succeeded += 1;
    else failed += 1;
  }
  return { submitted: job.records, succeeded, failed, missing: job.records - succeeded - failed };
}

/** Why a record of this job has no answer, in words. */
export function missingReasonOf(job: Pick<Job, 'status' | 'failure' | 'batchJobArn'>): string {
  if (job.batchJobArn === undefined) return `never sent: ${job.failure?.reason ?? 'the job was not made'}`;
  const status = job.status;
  const meaning =
    status === 'Planned' || status === 'Waiting' || status === 'Prepared' ? undefined : statusMeaning[status];
  const said = meaning?.reason ?? `the job was last seen ${status}`;
  return job.failure === undefined ? said : `${said}: ${job.failure.reason}`;
}
