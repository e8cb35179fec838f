import type * as z from 'zod';
import type { EventBus } from '../shared/aws/event-bridge.ts';
import { bucketProblem } from '../shared/domain/errors/bucket-problem.ts';
import { isRefusal, RunNotOver, unlessNoBucket } from '../shared/domain/errors/errors.ts';
import type { Job } from '../shared/domain/job/job.ts';
import { type KeyPrefixes, outcomeKey, reportKey } from '../shared/domain/keys.ts';
import { priceInPlan } from '../shared/domain/model/pricing.ts';
import { type Attempt, hasRetriesLeft, type Plan } from '../shared/domain/plan/plan.ts';
import { attemptsOf, readPlan } from '../shared/domain/plan/read-plan.ts';
import type { MediaStore } from '../shared/domain/ports/media-store.ts';
import type { RunTable } from '../shared/domain/ports/run-table.ts';
import type { Outcome } from '../shared/domain/run/outcome.ts';
import { isExecutionOf, isOpen } from '../shared/domain/run/run.ts';
import { runEndedOf } from '../shared/domain/run/run-ended.ts';
import { type reportRunInputSchema, runIdOf, type StateFailure } from '../shared/domain/state.ts';
import { accountFor } from './account-for-jobs.ts';
import { describeEnd } from './describe-end.ts';
import { type EndRunDependencies, endRun } from './end-run.ts';
import { noRecords, outcomeOf, shortened } from './outcome.ts';
import { readOutcome } from './read-outcome.ts';
import { type RequireOverDependencies, requireOver } from './require-over.ts';
import { writeRunLedger } from './write-ledger.ts';
import { writeRunLists } from './write-lists.ts';
import { type WriteReportDependencies, writeReport } from './write-report.ts';

export interface ReportRunDependencies extends RequireOverDependencies {
  table: RequireOverDependencies['table'] &
    EndRunDependencies['table'] &
    Pick<RunTable, 'getRun' | 'finishJob' | 'listJobs'>;
  store: Pick<
    MediaStore,
    | 'bucket'
    | 'readJson'
    | 'createJson'
    | 'readLines'
    | 'readLineBatches'
    | 'writeLines'
    | 'listObjects'
    | 'concatenate'
  >;
  prefixes: KeyPrefixes;
  events: EventBus;
  log: WriteReportDependencies['log'];
  stackName: string;
}

/**
 * Sums a run up from the table and the ledgers of its jobs, writes its ledger, its lists, its page and `outcome.json`, and gives the
 * execution its output. Every submitted record is in it once: those of a job that could not be collected end as missing. The first outcome
 * that is written is the run's: a repeat, and whoever is late, gives the same. An execution that is not the run's last one
 * changes nothing. Once the end is written down, everybody who listens is told of it, again at a repeat.
 *
 * @throws {RunNotOver} when the plan failed while jobs may go on, so that the run is resumed
 * @throws {JobStillRunning} while a job that could not be collected still runs
 */
export async function reportRun(
  { failure, ...execution }: z.infer<typeof reportRunInputSchema>,
  dependencies: ReportRunDependencies,
): Promise<Outcome> {
  const { table, store, prefixes, events, stackName, now } = dependencies;
  const runId = runIdOf(execution);
  const run = await table.getRun(runId);
  const nothing = { runId, attempts: [], jobs: [], ...noRecords };
  const refused = { ...nothing, ...describeEnd({ ...nothing, wasStopped: false, failure }) };
  // The run of this name is another execution's, or there is none: it keeps what it has.
  if (run === undefined || !isExecutionOf(run, execution)) return outcomeOf(refused, store.bucket, prefixes);
  if (!isOpen(run)) {
    const known = await readOutcome(runId, dependencies);
    if (known !== undefined) return told(known);
  }
  const last = run.executionArns.at(-1);
  if (last !== execution.executionArn) {
    const reason = `Run ${runId} goes on in ${last}, expected its last execution to report it: look at that one.`;
    return outcomeOf({ ...nothing, status: 'Refused', reason }, store.bucket, prefixes);
  }
  const known = await table.listJobs(runId);
  // A run that was refused before it had a job loses nothing in a bucket that nobody may read: it ends all the same.
  const mayMissBucket = isRefusal(failure) && known.length === 0;
  const unlessUnusable = (error: unknown) =>
    mayMissBucket && bucketProblem(error, store.bucket) !== undefined ? undefined : unlessNoBucket(error);
  const plan = await readPlan(runId, dependencies).catch(unlessUnusable);
  const attempts = plan === undefined ? [] : await attemptsOf(plan, dependencies);
  if (plan !== undefined && plan.startedAt !== run.startedAt) {
    // What lies under this name in the bucket is an earlier run's, which the table has forgotten.
    await endRun({ runId, status: refused.status, reason: refused.reason }, [], dependencies);
    return told(outcomeOf(refused, store.bucket, prefixes));
  }
  refuseIfCutOff(runId, known, attempts, failure);
  const uncollected = await requireOver(
    known.filter(({ collected }) => collected === undefined),
    dependencies,
  );
  const jobs: Job[] = [];
  for (const job of known) {
    const open = uncollected.find(({ jobName }) => jobName === job.jobName);
    jobs.push(open === undefined ? job : await accountFor(open, dependencies));
  }
  const { skipped } = plan ?? noRecords;
  const summary = await writeRunLedger({ runId, attempts, jobs, skipped }, store, prefixes);
  const reported = run;
  const wasStopped = run.stopRequestedAt !== undefined;
  const notSentAgain = plan === undefined ? 0 : countNotSentAgain(plan, attempts, jobs);
  const end = describeEnd({ ...summary, jobs, wasStopped, isDryRun: plan?.request.dryRun, notSentAgain, failure });
  const isListed =
    plan !== undefined &&
    summary.records.submitted > 0 &&
    (await writeRunLists(
      { runId, attempts, jobs, records: summary.records, price: priceInPlan(plan) },
      store,
      prefixes,
    ));
  const summed = outcomeOf({ runId, plan, attempts, jobs, isListed, ...summary, ...end }, store.bucket, prefixes);
  // The page comes before the outcome that names it, and is that of the first outcome, whoever writes it.
  const written = await readOutcome(runId, dependencies).catch(unlessUnusable);
  const own = await withReport(written ?? { ...summed, reportUri: undefined, endedAt: new Date(now()).toISOString() });
  const isFirst = await store.createJson(outcomeKey(prefixes, runId), own).catch(unlessUnusable);
  const outcome = isFirst === false ? ((await readOutcome(runId, dependencies)) ?? own) : own;
  if (outcome.endedAt !== own.endedAt) await withReport(outcome);
  await endRun({ runId, status: outcome.status, reason: outcome.reason }, jobs, dependencies);
  return told(outcome);

  async function withReport(ended: Outcome): Promise<Outcome> {
    const facts = { run: reported, outcome: ended, plan, attempts, jobs, bucket: store.bucket, prefixes };
    if (!(await writeReport(facts, dependencies))) return ended;
    return { ...ended, reportUri: `s3://${store.bucket}/${reportKey(prefixes, runId)}` };
  }

  async function told(ended: Outcome): Promise<Outcome> {
    const short = shortened(ended);
    await events.runEnded(runEndedOf(short, stackName, outcomeKey(prefixes, runId)));
    return short;
  }
}

/** Retries were left and records that may succeed, and yet no attempt came: it was not planned for its price or the quotas. */
function countNotSentAgain(plan: Plan, attempts: readonly Attempt[], jobs: readonly Job[]): number {
  if (!hasRetriesLeft(plan, attempts)) return 0;
  const ofLast = jobs.filter(({ attempt }) => attempt === attempts.at(-1)?.attempt);
  return ofLast.reduce((sum, { collected }) => sum + (collected?.retryable ?? 0), 0);
}

/** A plan that could not be asked says nothing about the jobs: whoever ended the run now would lose what they are paid for. */
function refuseIfCutOff(
  runId: string,
  known: readonly Job[],
  attempts: readonly Attempt[],
  failure: StateFailure | undefined,
): void {
  if (failure === undefined || isRefusal(failure)) return;
  const collected = new Set(known.flatMap((job) => (job.collected === undefined ? [] : job.jobName)));
  const names = new Set([...known, ...attempts.flatMap(({ jobs }) => jobs)].map(({ jobName }) => jobName));
  const open = names.difference(collected).size;
  if (open === 0) return;
  throw new RunNotOver(
    `Run ${runId} was cut off by ${failure.error} with jobs that are not collected, ${open} in all; expected none when it is ` +
      'reported: recovery resumes it.',
  );
}
