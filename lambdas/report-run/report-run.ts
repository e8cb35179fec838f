import type * as z from 'zod';
import type { EventBus } from '../shared/aws/event-bridge.ts';
import { bucketProblem } from '../shared/domain/errors/bucket-problem.ts';
import { isRefusal, RunNotOver, unlessNoBucket } from '../shared/domain/errors/errors.ts';
import { parseWritten } from '../shared/domain/format-version.ts';
import type { Job } from '../shared/domain/job/job.ts';
import { type KeyPrefixes, outcomeKey, reportKey } from '../shared/domain/keys.ts';
import { type Attempt, hasRetriesLeft, type Plan } from '../shared/domain/plan/plan.ts';
import { attemptsOf, readPlan, type WrittenIn } from '../shared/domain/plan/read-plan.ts';
import type { MediaStore } from '../shared/domain/ports/media-store.ts';
import type { RunTable } from '../shared/domain/ports/run-table.ts';
import { type Outcome, outcomeSchema } from '../shared/domain/run/outcome.ts';
import { isExecutionOf, isOpen } from '../shared/domain/run/run.ts';
import { runEndedOf } from '../shared/domain/run/run-ended.ts';
import { type reportRunInputSchema, runIdOf, type StateFailure } from '../shared/domain/state.ts';
import { countText } from '../shared/text/amounts.ts';
import { accountFor } from './account-for-jobs.ts';
import { describeEnd } from './describe-end.ts';
import { type EndRunDependencies, endRun } from './end-run.ts';
import { noRecords, type OutcomeFacts, outcomeOf, truncateOutcome } from './outcome.ts';
import { type RequireJobsOverDependencies, requireJobsOver } from './require-jobs-over.ts';
import { writeRunLedger } from './write-ledger.ts';
import { writeRunLists } from './write-lists.ts';
import { type WriteReportDependencies, writeReport } from './write-report.ts';

export interface ReportRunDependencies extends RequireJobsOverDependencies {
  table: RequireJobsOverDependencies['table'] &
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
 * Writes the ledger, the lists, the report page and `outcome.json` of a run, publishes its end and returns its outcome.
 *
 * Every submitted record counts once; those of jobs without collected results are missing. The first outcome that is
 * written is final: a repeated or late call returns the same one, and publishes it again. An execution that is not the
 * last one of the run changes nothing.
 *
 * @throws {RunNotOver} if the plan failed while jobs may still run, so that recovery resumes the run
 * @throws {JobStillRunning} while a job without collected results still runs
 */
export async function reportRun(
  { failure, ...execution }: z.infer<typeof reportRunInputSchema>,
  dependencies: ReportRunDependencies,
): Promise<Outcome> {
  const { table, store, prefixes, events, stackName, now } = dependencies;
  const runId = runIdOf(execution);
  const run = await table.getRun(runId);
  const endedAt = new Date(now()).toISOString();
  const toOutcome = (facts: OutcomeFacts) => outcomeOf(facts, store.bucket, prefixes);
  const nothing = { runId, endedAt, attempts: [], jobs: [], ...noRecords };
  const refused = { ...nothing, ...describeEnd({ ...nothing, wasStopped: false, failure }) };
  // The run of this name belongs to another execution, or does not exist: it stays unchanged.
  if (run === undefined || !isExecutionOf(run, execution)) return toOutcome(refused);
  if (!isOpen(run)) {
    const known = await readOutcome(runId, dependencies);
    if (known !== undefined) return publish(known);
  }
  const last = run.executionArns.at(-1);
  if (last !== execution.executionArn) {
    const reason = `Run ${runId} continues in ${last}, and only its last execution reports it: see that one.`;
    return toOutcome({ ...nothing, status: 'Refused', reason });
  }
  const known = await table.listJobs(runId);
  // A run that was refused before it had a job must end, even if its bucket cannot be read.
  const mayMissBucket = isRefusal(failure) && known.length === 0;
  const unlessUnusable = (error: unknown) =>
    mayMissBucket && bucketProblem(error, store.bucket) !== undefined ? undefined : unlessNoBucket(error);
  const plan = await readPlan(runId, dependencies).catch(unlessUnusable);
  const attempts = plan === undefined ? [] : await attemptsOf(plan, dependencies);
  if (plan !== undefined && plan.startedAt !== run.startedAt) {
    // The objects under this name belong to an earlier run, which the table has deleted.
    await endRun({ runId, status: refused.status, reason: refused.reason }, [], dependencies);
    return publish(toOutcome(refused));
  }
  refuseIfInterrupted(runId, known, attempts, failure);
  const uncollected = await requireJobsOver(
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
    (await writeRunLists({ runId, attempts, jobs, records: summary.records, price: plan.price }, store, prefixes));
  const summed = toOutcome({ runId, endedAt, plan, attempts, jobs, isListed, ...summary, ...end });
  // The page is written before the outcome that links to it, and shows the first outcome.
  const written = await readOutcome(runId, dependencies).catch(unlessUnusable);
  const own = await withReport(written ?? summed);
  const isFirst = await store.createJson(outcomeKey(prefixes, runId), own).catch(unlessUnusable);
  const outcome = isFirst === false ? ((await readOutcome(runId, dependencies)) ?? own) : own;
  if (outcome.endedAt !== own.endedAt) await withReport(outcome);
  await endRun({ runId, status: outcome.status, reason: outcome.reason }, jobs, dependencies);
  return publish(outcome);

  async function withReport(ended: Outcome): Promise<Outcome> {
    const facts = { run: reported, outcome: ended, plan, attempts, jobs, bucket: store.bucket, prefixes };
    if (!(await writeReport(facts, dependencies))) return ended;
    return { ...ended, reportUri: `s3://${store.bucket}/${reportKey(prefixes, runId)}` };
  }

  async function publish(ended: Outcome): Promise<Outcome> {
    const short = truncateOutcome(ended);
    await events.runEnded(runEndedOf(short, stackName, outcomeKey(prefixes, runId)));
    return short;
  }
}

/** Retryable records with retries left and no further attempt: its cost or the quotas did not allow one. */
function countNotSentAgain(plan: Plan, attempts: readonly Attempt[], jobs: readonly Job[]): number {
  if (!hasRetriesLeft(plan, attempts)) return 0;
  const ofLast = jobs.filter(({ attempt }) => attempt === attempts.at(-1)?.attempt);
  return ofLast.reduce((sum, { collected }) => sum + (collected?.retryable ?? 0), 0);
}

/** A failed plan says nothing about the jobs: ending the run now would lose the answers that they are paid for. */
function refuseIfInterrupted(
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
    `Run ${runId} was interrupted by ${failure.error} and cannot be reported without the results of ` +
      `${countText(open, 'job')}: recovery will resume it.`,
  );
}

/** Returns the outcome that an earlier call wrote. */
async function readOutcome(runId: string, { store, prefixes }: WrittenIn): Promise<Outcome | undefined> {
  const key = outcomeKey(prefixes, runId);
  const written = await store.readJson(key).catch(unlessNoBucket);
  return written === undefined ? undefined : parseWritten(outcomeSchema, written, `The outcome ${key}`);
}
