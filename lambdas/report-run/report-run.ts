import type * as z from 'zod';
import { isNoSuchBucket } from '../shared/errors.ts';
import type { Job } from '../shared/jobs.ts';
import { type KeyPrefixes, ledgerFolder, ledgerKey, outcomeKey, planKey } from '../shared/keys.ts';
import { sumCounts } from '../shared/ledger.ts';
import type { MediaStore } from '../shared/media-store.ts';
import { findModel } from '../shared/models.ts';
import { type Plan, plannedRecordSchema, planSchema } from '../shared/plan.ts';
import { costOf } from '../shared/pricing.ts';
import type { RunTable } from '../shared/run-table.ts';
import { type Outcome, outcomeSchema, type reportRunInputSchema, type StateFailure } from '../shared/state.ts';
import { describeEnd } from './describe-end.ts';

export interface ReportRunDependencies {
  table: Pick<RunTable, 'getRun' | 'updateRun' | 'finishJob' | 'listJobs'>;
  store: Pick<MediaStore, 'bucket' | 'readJson' | 'writeJson' | 'readLines' | 'writeLines'>;
  prefixes: KeyPrefixes;
}

/** Keeps the execution's output far below 256 KiB; `outcome.json` has all jobs. */
const maxJobsInOutput = 100;

/**
 * Sums a run up from the table, writes `outcome.json`, and gives the execution its output. Every submitted record is in it:
 * those of a job that could not be collected end as missing.
 */
export async function reportRun(
  { runId, startedAt, failure }: z.infer<typeof reportRunInputSchema>,
  dependencies: ReportRunDependencies,
): Promise<Outcome> {
  const { table, store, prefixes } = dependencies;
  const run = await table.getRun(runId);
  if (run === undefined || run.startedAt !== startedAt) {
    // The run of this name is another execution's, or there is none: it keeps what it has.
    return shortened(outcomeOf({ runId, jobs: [], failure, prefixes, bucket: store.bucket }));
  }
  const known =
    run.status === 'Planning' || run.status === 'Running' ? undefined : await readOutcome(runId, dependencies);
  if (known !== undefined) return shortened(known);
  const plan = planSchema.safeParse(await store.readJson(planKey(prefixes, runId)).catch(unlessNoBucket)).data;
  const jobs = await Promise.all((await table.listJobs(runId)).map((job) => accountFor(job, dependencies)));
  const outcome = outcomeOf({ runId, plan, jobs, failure, prefixes, bucket: store.bucket });
  await store.writeJson(outcomeKey(prefixes, runId), outcome).catch(unlessNoBucket);
  await table.updateRun(runId, { status: outcome.status, reason: outcome.reason });
  return shortened(outcome);
}

/** A job whose results could not be collected still has all of its records in the ledger, as missing. */
async function accountFor(job: Job, { table, store, prefixes }: ReportRunDependencies): Promise<Job> {
  if (job.collected !== undefined) return job;
  const reason = `not collected: ${job.failure?.reason ?? `the job was last seen ${job.status}`}`;
  await store.writeLines(ledgerKey(prefixes, job.runId, job.jobName), missingLines());
  const collected = {
    records: { submitted: job.records, succeeded: 0, failed: 0, missing: job.records },
    inputTokens: 0,
    outputTokens: 0,
    duplicateLines: 0,
    foreignLines: 0,
    foreignFiles: [],
  };
  await table.finishJob(job, collected);
  return { ...job, collected };

  async function* missingLines(): AsyncGenerator<string> {
    for await (const line of store.readLines(job.manifestKey)) {
      const { recordId, key, analysis } = plannedRecordSchema.parse(JSON.parse(line));
      yield JSON.stringify({ recordId, key, analysis, outcome: 'missing', reason });
    }
  }
}

interface RunFacts {
  runId: string;
  bucket: string;
  prefixes: KeyPrefixes;
  plan?: Plan;
  jobs: readonly Job[];
  failure?: StateFailure;
}

function outcomeOf({ runId, bucket, prefixes, plan, jobs, failure }: RunFacts): Outcome {
  const records = sumCounts(jobs.flatMap((job) => (job.collected ? [job.collected.records] : [])));
  const uri = (key: string) => `s3://${bucket}/${key}`;
  return {
    runId,
    ...describeEnd({ records, jobs, failure }),
    modelId: plan?.modelId,
    media: plan?.media ?? 0,
    records,
    skipped: plan?.skipped ?? { total: 0, byReason: {} },
    jobs: jobs.map((job) => ({
      jobName: job.jobName,
      batchJobArn: job.batchJobArn,
      batchInputS3Key: job.batchInputS3Key,
      batchOutputS3Prefix: job.batchOutputS3Prefix,
      status: job.status,
      reason: job.failure?.reason,
      records: job.collected?.records ?? { submitted: job.records, succeeded: 0, failed: 0, missing: job.records },
      paddingRecords: job.paddingRecords,
    })),
    jobCount: jobs.length,
    cost: costOfJobs(jobs, plan?.modelId),
    resultsUri: uri(prefixes.resultsPrefix),
    ledgerUri: uri(ledgerFolder(prefixes, runId)),
    outcomeUri: uri(outcomeKey(prefixes, runId)),
  };
}

function costOfJobs(jobs: readonly Job[], modelId: string | undefined): Outcome['cost'] {
  let inputTokens = 0;
  let outputTokens = 0;
  for (const { collected } of jobs) {
    inputTokens += collected?.inputTokens ?? 0;
    outputTokens += collected?.outputTokens ?? 0;
  }
  const model = modelId === undefined ? undefined : findModel(modelId)?.model;
  const cost =
    inputTokens + outputTokens === 0
      ? { batchUsd: 0, onDemandUsd: 0 }
      : model && costOf(model, { inputTokens, outputTokens });
  return {
    inputTokens,
    outputTokens,
    batchUsd: cost?.batchUsd ?? 'unknown',
    onDemandUsd: cost?.onDemandUsd ?? 'unknown',
  };
}

/** The outcome that an earlier try wrote; a repeat of the report gives the same. */
async function readOutcome(runId: string, { store, prefixes }: ReportRunDependencies): Promise<Outcome | undefined> {
  return outcomeSchema.safeParse(await store.readJson(outcomeKey(prefixes, runId)).catch(unlessNoBucket)).data;
}

/** A run that was refused because its bucket is not there still ends with its outcome, only not in that bucket. */
function unlessNoBucket(error: unknown): undefined {
  if (!isNoSuchBucket(error)) throw error;
  return undefined;
}

function shortened(outcome: Outcome): Outcome {
  return { ...outcome, jobs: outcome.jobs.slice(0, maxJobsInOutput) };
}
