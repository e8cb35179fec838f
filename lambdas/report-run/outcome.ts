import type { Job } from '../shared/domain/job/job.ts';
import { type KeyPrefixes, ledgerFolder, outcomeKey, resultsListKey } from '../shared/domain/keys.ts';
import { priceInPlan } from '../shared/domain/model/pricing.ts';
import type { Attempt, Plan } from '../shared/domain/plan/plan.ts';
import type { Outcome } from '../shared/domain/run/outcome.ts';
import { truncateText } from '../shared/text/truncate.ts';
import { costOfRun } from './cost-of-run.ts';
import { maxReasonLength } from './group-reasons.ts';
import type { LedgerSummary } from './write-ledger.ts';

/**
 * Keep the execution's output below 256 KiB, of which a job has at most 2 KB then; `outcome.json` has all jobs, and every reason
 * whole.
 */
const maxJobsInOutput = 100;
/** Of an estimate and of the cost, whose analyses have at most 250 bytes each. */
const maxAnalysesInOutput = 50;
/** Characters of the run's own reason: a sentence that names three of the longest keys. */
const maxRunReasonLength = 4000;

/** What a run has when nothing was sent. */
export const noRecords: LedgerSummary = {
  records: { submitted: 0, succeeded: 0, failed: 0, missing: 0 },
  reasons: [],
  skipped: { total: 0, byReason: {} },
  byAnalysis: new Map(),
};

/** All that an outcome says. */
export interface OutcomeFacts extends LedgerSummary, Pick<Outcome, 'runId' | 'status' | 'reason'> {
  plan?: Plan;
  attempts: readonly Attempt[];
  /** Jobs of all attempts, each accounted for. */
  jobs: readonly Job[];
  /** Whether the list of its records was written. */
  isListed?: boolean;
}

/** The outcome of a run, with all of its jobs. */
export function outcomeOf(facts: OutcomeFacts, bucket: string, prefixes: KeyPrefixes): Outcome {
  const { runId, status, reason, plan, attempts, jobs, records, reasons, skipped, byAnalysis, isListed } = facts;
  const uri = (key: string) => `s3://${bucket}/${key}`;
  return {
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
    cost: costOfRun(jobs, plan === undefined ? 'unknown' : priceInPlan(plan), byAnalysis),
    answers: answersOf(jobs),
    estimate: plan?.estimate,
    resultsUri: uri(prefixes.resultsPrefix),
    resultsListUri: isListed ? uri(resultsListKey(prefixes, runId, 'ndjson')) : undefined,
    resultsCsvUri: isListed ? uri(resultsListKey(prefixes, runId, 'csv')) : undefined,
    ledgerUri: uri(ledgerFolder(prefixes, runId)),
    outcomeUri: uri(outcomeKey(prefixes, runId)),
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

/** Where the last attempt lay, because an attempt before it may have failed for that; copies are those of all attempts. */
function layoutOf(attempts: readonly Attempt[]): Outcome['layout'] {
  const last = attempts.at(-1);
  if (last === undefined) return undefined;
  const stagedBytes = attempts.reduce((sum, { staging }) => sum + staging.bytes, 0);
  const stagedUsd = attempts.reduce((sum, { staging }) => sum + staging.usd, 0);
  return { layout: last.layout, reason: last.layoutReason, stagedBytes, stagedUsd };
}

/** The outcome as an execution can have it. */
export function shortened(outcome: Outcome): Outcome {
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
