import type * as z from 'zod';
import { isNoSuchBucket } from '../shared/errors.ts';
import type { Job } from '../shared/jobs.ts';
import { type KeyPrefixes, outcomeKey, planKey, roundKey } from '../shared/keys.ts';
import type { MediaStore } from '../shared/media-store.ts';
import { type Plan, planSchema, type Round, roundSchema } from '../shared/plan.ts';
import type { RunTable } from '../shared/run-table.ts';
import { isOpen } from '../shared/runs.ts';
import { type Outcome, outcomeSchema, type reportRunInputSchema, runIdOf } from '../shared/state.ts';
import { accountFor } from './account-for-jobs.ts';
import { describeEnd } from './describe-end.ts';
import { noRecords, outcomeOf, shortened } from './outcome.ts';
import { writeRunLedger } from './write-ledger.ts';

export interface ReportRunDependencies {
  table: Pick<RunTable, 'getRun' | 'finishRun' | 'finishJob' | 'getJob' | 'listJobs'>;
  store: Pick<MediaStore, 'bucket' | 'readJson' | 'createJson' | 'readLines' | 'writeLines'>;
  prefixes: KeyPrefixes;
}

/**
 * Sums a run up from the table and the ledgers of its jobs, writes its ledger and `outcome.json`, and gives the execution its
 * output. Every submitted record is in it once: those of a job that could not be collected end as missing. The first outcome
 * that is written is the run's: a repeat, and whoever is late, gives the same. An execution that is not the run's last one
 * changes nothing.
 */
export async function reportRun(
  { failure, ...execution }: z.infer<typeof reportRunInputSchema>,
  dependencies: ReportRunDependencies,
): Promise<Outcome> {
  const { table, store, prefixes } = dependencies;
  const runId = runIdOf(execution);
  const run = await table.getRun(runId);
  const nothing = { runId, rounds: [], jobs: [], ...noRecords };
  if (run === undefined || !run.executionArns.includes(execution.executionArn)) {
    // The run of this name is another execution's, or there is none: it keeps what it has.
    return outcomeOf(
      { ...nothing, ...describeEnd({ ...nothing, wasStopped: false, failure }) },
      store.bucket,
      prefixes,
    );
  }
  if (!isOpen(run)) {
    const known = await readOutcome(runId, dependencies);
    if (known !== undefined) return shortened(known);
  }
  const last = run.executionArns.at(-1);
  if (last !== execution.executionArn) {
    const reason = `Run ${runId} goes on in ${last}, expected its last execution to report it: look at that one.`;
    return outcomeOf({ ...nothing, status: 'Refused', reason }, store.bucket, prefixes);
  }
  const { plan, rounds } = await readPlan(runId, dependencies);
  const jobs: Job[] = [];
  for (const job of await table.listJobs(runId)) jobs.push(await accountFor(job, dependencies));
  const { skipped } = plan ?? noRecords;
  const summary = await writeRunLedger({ runId, rounds, jobs, skipped }, store, prefixes);
  const end = describeEnd({ ...summary, jobs, wasStopped: run.stopRequestedAt !== undefined, failure });
  const own = outcomeOf({ runId, plan, rounds, jobs, ...summary, ...end }, store.bucket, prefixes);
  const isFirst = await store.createJson(outcomeKey(prefixes, runId), own).catch(unlessNoBucket);
  const outcome = isFirst === false ? ((await readOutcome(runId, dependencies)) ?? own) : own;
  await table.finishRun(runId, { status: outcome.status, reason: outcome.reason });
  return shortened(outcome);
}

/** The plan of a run with all of its rounds; without rounds where it came to none. */
async function readPlan(
  runId: string,
  { store, prefixes }: ReportRunDependencies,
): Promise<{ plan?: Plan; rounds: Round[] }> {
  const written = await store.readJson(planKey(prefixes, runId)).catch(unlessNoBucket);
  if (written === undefined) return { rounds: [] };
  const plan = planSchema.parse(written);
  const rounds = plan.firstRound === undefined ? [] : [plan.firstRound];
  while (rounds.length > 0) {
    const further = await store.readJson(roundKey(prefixes, runId, rounds.length + 1));
    if (further === undefined) break;
    rounds.push(roundSchema.parse(further));
  }
  return { plan, rounds };
}

/** The outcome that an earlier try wrote. */
async function readOutcome(runId: string, { store, prefixes }: ReportRunDependencies): Promise<Outcome | undefined> {
  return outcomeSchema.safeParse(await store.readJson(outcomeKey(prefixes, runId)).catch(unlessNoBucket)).data;
}

/** A run that was refused because its bucket is not there still ends with its outcome, only not in that bucket. */
function unlessNoBucket(error: unknown): undefined {
  if (!isNoSuchBucket(error)) throw error;
  return undefined;
}
