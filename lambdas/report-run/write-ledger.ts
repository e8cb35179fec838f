import type { Job } from '../shared/domain/job/job.ts';
import { type KeyPrefixes, ledgerKey, skippedLaterKey } from '../shared/domain/keys.ts';
import { addUsage, noTokens, type TokenUsage } from '../shared/domain/model/cost.ts';
import type { Attempt } from '../shared/domain/plan/plan.ts';
import type { MediaStore } from '../shared/domain/ports/media-store.ts';
import { ledgerEntrySchema, type RecordCounts, type Skipped } from '../shared/domain/record/ledger.ts';
import type { Outcome } from '../shared/domain/run/outcome.ts';
import { unwrittenJobEntries } from './account-for-jobs.ts';
import { reasonGroups } from './group-reasons.ts';
import { type AttemptLedger, mergeLedgers } from './merge-ledgers.ts';

/** The jobs and attempts of a run. */
export interface RunParts {
  runId: string;
  attempts: readonly Attempt[];
  /** Jobs of all attempts, each with its ledger. */
  jobs: readonly Job[];
  /** What the plan skipped. */
  skipped: Skipped;
}

type Store = Pick<MediaStore, 'readLines' | 'readLineBatches' | 'writeLines'>;

/** The totals of a ledger. */
export interface LedgerSummary extends Pick<Outcome, 'records' | 'reasons' | 'skipped'> {
  /** Tokens of the records of each analysis, over all attempts. */
  byAnalysis: ReadonlyMap<string, TokenUsage>;
}

/** Merges the ledgers of the jobs in one pass, lists later skips separately, and returns the totals. */
export async function writeRunLedger(run: RunParts, store: Store, prefixes: KeyPrefixes): Promise<LedgerSummary> {
  const { runId, attempts, jobs } = run;
  const [first] = attempts;
  const records: RecordCounts = { submitted: 0, succeeded: 0, failed: 0, missing: 0 };
  const reasons = reasonGroups<'failed' | 'missing'>();
  const skips = reasonGroups<'skipped'>();
  const byAnalysis = new Map<string, TokenUsage>();
  for (const [reason, count] of Object.entries(run.skipped.byReason)) skips.add('skipped', reason, count);
  if (first !== undefined) {
    await store.writeLines(ledgerKey(prefixes, runId), submitted());
    if (jobs.some(({ collected }) => (collected?.skipped ?? 0) > 0)) {
      await store.writeLines(skippedLaterKey(prefixes, runId), skippedLater(ledgerOf(first, jobs, store)));
    }
  }
  const byReason = Object.fromEntries(skips.list().map((group) => [group.reason, group.records]));
  const total = Object.values(byReason).reduce((sum, count) => sum + count, 0);
  return {
    records,
    reasons: reasons.list().map(({ kind: outcome, reason, records: count }) => ({ outcome, reason, records: count })),
    skipped: { total, byReason },
    byAnalysis,
  };

  async function* submitted(): AsyncGenerator<string> {
    for await (const entry of mergeLedgers(attempts.map((attempt) => counted(ledgerOf(attempt, jobs, store))))) {
      const { outcome, reason = 'no reason was given' } = entry;
      if (outcome === 'skipped') continue;
      records.submitted += 1;
      records[outcome] += 1;
      if (outcome !== 'succeeded') reasons.add(outcome, reason);
      yield JSON.stringify(entry);
    }
  }

  /** Counts every entry, because one that a later attempt replaces was paid for, too. */
  async function* counted(entries: AttemptLedger): AttemptLedger {
    for await (const entry of entries) {
      if (entry.outcome !== 'skipped') {
        const { analysis, inputTokens = 0, outputTokens = 0 } = entry;
        byAnalysis.set(analysis, addUsage(byAnalysis.get(analysis) ?? noTokens, { inputTokens, outputTokens }));
      }
      yield entry;
    }
  }

  async function* skippedLater(entries: AttemptLedger): AsyncGenerator<string> {
    for await (const entry of entries) {
      const { outcome, reason = 'no reason was given' } = entry;
      if (outcome !== 'skipped') continue;
      skips.add('skipped', reason);
      yield JSON.stringify(entry);
    }
  }
}

/** Yields the entries of an attempt, job by job. */
async function* ledgerOf({ jobs: planned, recordsKey }: Attempt, jobs: readonly Job[], store: Store): AttemptLedger {
  for (const job of planned) {
    const collected = jobs.find(({ jobName }) => jobName === job.jobName)?.collected;
    if (collected === undefined) {
      yield* unwrittenJobEntries({ ...job, recordsKey }, store);
      continue;
    }
    for await (const line of store.readLines(collected.ledgerKey)) yield ledgerEntrySchema.parse(JSON.parse(line));
  }
}
