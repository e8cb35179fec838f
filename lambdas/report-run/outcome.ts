import { formatVersion } from '../shared/domain/format-version.ts';
import type { Job } from '../shared/domain/job/job.ts';
import { type KeyPrefixes, ledgerFolder, outcomeKey, resultsListKey } from '../shared/domain/keys.ts';
import type { Attempt, Plan } from '../shared/domain/plan/plan.ts';
import type { Outcome } from '../shared/domain/run/outcome.ts';
import { truncateText } from '../shared/text/plain-text.ts';
import { costOfRun } from './cost-of-run.ts';
import { maxReasonLength } from './group-reasons.ts';
import type { LedgerSummary } from './write-ledger.ts';

/**
 * These limits keep the output of the execution below 256 KiB: at most 2 KB a job and 250 bytes an analysis, both in
 * the estimate and in the cost. `outcome.json` has everything.
 */
const maxJobsInOutput = 100;
const maxAnalysesInOutput = 50;
/** Characters of the run's reason: a sentence that names three of the longest keys. */
const maxRunReasonLength = 4000;

/** The summary of a run that sent nothing. */
export const noRecords: LedgerSummary = {
  records: { submitted: 0, succeeded: 0, failed: 0, missing: 0 },
  reasons: [],
  skipped: { total: 0, byReason: {} },
  byAnalysis: new Map(),
};

/** The facts of an outcome. */
export interface OutcomeFacts extends LedgerSummary, Pick<Outcome, 'runId' | 'status' | 'reason' | 'endedAt'> {
  plan?: Plan;
  attempts: readonly Attempt[];
  /** Jobs of all attempts, each accounted for. */
  jobs: readonly Job[];
  /** Whether its results list was written. */
  isListed?: boolean;
}

/** Returns the outcome of a run with all of its jobs. */
export function outcomeOf(facts: OutcomeFacts, bucket: string, prefixes: KeyPrefixes): Outcome {
  const { runId, status, reason, endedAt, plan, attempts, jobs, records, reasons, skipped, byAnalysis, isListed } =
    facts;
  const uri = (key: string) => `s3://${bucket}/${key}`;
  return {
    formatVersion,
    runId,
    status,
    reason,
    modelId: plan?.modelId,
    media: plan?.media ?? 0,
    records,
    reasons,
    skipped,
    attempts: attempts.length,
    layout: layoutOf(attempts),
    jobs: jobs.map((job) => ({
      jobName: job.jobName,
      attempt: job.attempt,
      layout: job.layout,
      batchJobArn: job.batchJobArn,
      batchInputS3Key: job.batchInputS3Key,
      batchOutputS3Prefix: job.batchOutputS3Prefix,
      status: job.status,
      reason: job.failure?.reason,
      records: job.collected?.records ?? { ...noRecords.records, submitted: job.records, missing: job.records },
      paddingRecords: job.paddingRecords,
    })),
    jobCount: jobs.length,
    cost: costOfRun(jobs, plan?.price ?? 'unknown', byAnalysis),
    answers: answersOf(jobs),
    estimate: plan?.estimate,
    resultsUri: uri(prefixes.resultsPrefix),
    resultsListUri: isListed ? uri(resultsListKey(prefixes, runId, 'ndjson')) : undefined,
    resultsCsvUri: isListed ? uri(resultsListKey(prefixes, runId, 'csv')) : undefined,
    ledgerUri: uri(ledgerFolder(prefixes, runId)),
    outcomeUri: uri(outcomeKey(prefixes, runId)),
    reportUri: undefined,
    endedAt,
  };
}

function answersOf(jobs: readonly Job[]): Outcome['answers'] {
  const counts = jobs.flatMap(({ collected }) => collected?.answers ?? []);
  if (counts.length === 0) return undefined;
  return counts.reduce((sum, { repaired, invalid }) => ({
    repaired: sum.repaired + repaired,
    invalid: sum.invalid + invalid,
  }));
}

/** The layout of the last attempt, because an earlier one may have failed for its own; copies of all attempts. */
function layoutOf(attempts: readonly Attempt[]): Outcome['layout'] {
  const last = attempts.at(-1);
  if (last === undefined) return undefined;
  const stagedBytes = attempts.reduce((sum, { staging }) => sum + staging.bytes, 0);
  const stagedUsd = attempts.reduce((sum, { staging }) => sum + staging.usd, 0);
  return { layout: last.layout, reason: last.layoutReason, stagedBytes, stagedUsd };
}

/** Returns an outcome within the limits of an execution's output. */
export function truncateOutcome(outcome: Outcome): Outcome {
  const { reason, layout, jobs, estimate, cost } = outcome;
  return {
    ...outcome,
    cost: { ...cost, byAnalysis: cost.byAnalysis && firstAnalyses(cost.byAnalysis) },
    reason: reason && truncateText(reason, maxRunReasonLength),
    layout: layout && { ...layout, reason: truncateText(layout.reason, maxReasonLength) },
    estimate: estimate && {
      ...estimate,
      byAnalysis: firstAnalyses(estimate.byAnalysis),
      jobs: { ...estimate.jobs, layoutReason: truncateText(estimate.jobs.layoutReason, maxReasonLength) },
    },
    jobs: jobs
      .slice(0, maxJobsInOutput)
      .map((job) => ({ ...job, reason: job.reason && truncateText(job.reason, maxReasonLength) })),
  };
}

function firstAnalyses<T>(byAnalysis: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(byAnalysis).slice(0, maxAnalysesInOutput));
}
