import { reportRun } from '../../lambdas/report-run/report-run.ts';
import type { Job } from '../../lambdas/shared/domain/job/job.ts';
import { attemptKey, attemptRecordsKey, planKey } from '../../lambdas/shared/domain/keys.ts';
import type { Attempt, Plan } from '../../lambdas/shared/domain/plan/plan.ts';
import type { LedgerEntry, SubmittedEntry } from '../../lambdas/shared/domain/record/ledger.ts';
import { recordIdOf } from '../../lambdas/shared/domain/record/record.ts';
import type { Run } from '../../lambdas/shared/domain/run/run.ts';
import type { StateFailure } from '../../lambdas/shared/domain/state.ts';
import { aAttempt, aJob, aPlan, aPlannedRecord, prefixes, startOfStory } from './factories.ts';
import type { World } from './world.ts';

const startOfRun = new Date(startOfStory).toISOString();

/** What the ledger of a job says of a record, as far as a test cares. */
export type GivenEntry = Partial<Omit<SubmittedEntry, 'outcome'>> & Pick<LedgerEntry, 'outcome'>;

/** A job of a run: with a ledger it is collected, without one it is not, and one may not be in the table at all. */
export interface GivenJob {
  ledger?: readonly GivenEntry[];
  /** Its records, where there is no ledger. */
  planned?: readonly Pick<GivenEntry, 'earlier'>[];
  job?: Partial<Job>;
  isInTable?: boolean;
}

/** Puts a run of so many attempts there, as its plan, its table and its children leave it. Gives the jobs. */
export async function ranJobs(
  world: World,
  attempts: readonly (readonly GivenJob[])[],
  given: { run?: Partial<Run>; plan?: Partial<Plan>; attempt?: Partial<Attempt> } = {},
): Promise<Job[]> {
  const run: Run = {
    runId: 'run-1',
    executionArns: ['arn:run-1'],
    status: 'Running',
    startedAt: startOfRun,
    jobCount: 1,
    requestJson: '{}',
    ...given.run,
  };
  await world.table.createRun(run);
  const all: Job[] = [];
  let plan: Plan | undefined;
  for (const [at, jobsOfAttempt] of attempts.entries()) {
    const recordsKey = attemptRecordsKey(prefixes, run.runId, at + 1, 'planner');
    let list = '';
    const jobs = jobsOfAttempt.map((one, before) => {
      const number = before + 1;
      const lines = linesOf(one, number);
      const place = { recordsKey, recordsOffset: Buffer.byteLength(list), recordsBytes: Buffer.byteLength(lines) };
      list += lines;
      return put(world, one, { runId: run.runId, attempt: at + 1, number, ...place });
    });
    world.store.put(recordsKey, { text: list });
    const [first] = jobs;
    if (first === undefined) continue;
    const planned = jobs.flatMap((job) => aAttempt(job).jobs);
    const records = jobs.reduce((sum, job) => sum + job.records, 0);
    const attempt = aAttempt(first, { records, jobs: planned, ...given.attempt });
    if (at > 0)
      world.store.put(attemptKey(prefixes, run.runId, at + 1), {
        text: JSON.stringify({ formatVersion: 1, ...attempt }),
      });
    else plan = aPlan(first, { firstAttempt: attempt, media: records, ...given.plan });
    all.push(...jobs);
  }
  if (plan) world.store.put(planKey(prefixes, run.runId), { text: JSON.stringify(plan) });
  return all;
}

const keyOf = (jobNumber: number, number: number) => aPlannedRecord(100 * jobNumber + number).key;

function linesOf({ ledger, planned = [] }: GivenJob, jobNumber: number): string {
  return (ledger ?? planned)
    .map(({ earlier }, at) => aPlannedRecord(at + 1, { key: keyOf(jobNumber, at + 1), earlier }))
    .map((record) => `${JSON.stringify(record)}\n`)
    .join('');
}

type Place = Pick<Job, 'runId' | 'attempt' | 'number' | 'recordsKey' | 'recordsOffset' | 'recordsBytes'>;

function put(world: World, { ledger, planned = [], job: overrides, isInTable = true }: GivenJob, place: Place): Job {
  const { runId, attempt, number } = place;
  const jobName = `${runId}-r${attempt}-${number}`;
  const jobHash = `${attempt}0000000000${number}`;
  const ended: Partial<Job> = ledger ? { status: 'Completed', batchJobArn: 'arn:job', phase: 'closed' } : {};
  const records = (ledger ?? planned).length;
  const job = aJob({ ...place, jobName, jobHash, records, ...ended, ...overrides });
  const entries = ledger?.map((entry, at): LedgerEntry => {
    return { recordId: recordIdOf(jobHash, at + 1), key: keyOf(number, at + 1), analysis: 'shots', ...entry };
  });
  const full: Job = { ...job, collected: entries && collectedOf(world, job, entries) };
  if (isInTable) world.table.putJob(full);
  return full;
}

function collectedOf(world: World, job: Job, entries: readonly LedgerEntry[]): NonNullable<Job['collected']> {
  const ledgerKey = `nova/batch/runs/${job.runId}/jobs/${job.jobName}.ledger-collected.ndjson`;
  world.store.put(ledgerKey, { text: entries.map((entry) => `${JSON.stringify(entry)}\n`).join('') });
  const count = (outcome: LedgerEntry['outcome']) => entries.filter((entry) => entry.outcome === outcome).length;
  const [succeeded, failed, missing] = [count('succeeded'), count('failed'), count('missing')];
  return {
    ledgerKey,
    records: { submitted: succeeded + failed + missing, succeeded, failed, missing },
    skipped: count('skipped'),
    retryable: entries.filter(({ retryable }) => retryable).length,
    inputTokens: 2_000_000,
    outputTokens: 100_000,
    outputLines: succeeded,
    duplicateLines: 0,
    foreignLines: 0,
    foreignFiles: [],
  };
}

/** `Report run` for an execution of the run, its first unless told otherwise. */
export function report(
  world: World,
  given: {
    failure?: StateFailure;
    parts?: Partial<World>;
    executionArn?: string;
    startedAt?: string;
    resumes?: string;
  } = {},
) {
  const { failure, parts, executionArn = 'arn:run-1', startedAt = startOfRun, resumes } = given;
  const input = resumes === undefined ? { media: {} } : { resume: resumes };
  const executionName = resumes === undefined ? 'run-1' : `${resumes}-resume-1`;
  return reportRun({ executionArn, executionName, startedAt, input, failure }, { ...world, ...parts });
}
