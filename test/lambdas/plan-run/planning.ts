import type { PlanDependencies } from '../../../lambdas/plan-run/create-plan.ts';
import { planRun } from '../../../lambdas/plan-run/plan-run.ts';
import { reportRun } from '../../../lambdas/report-run/report-run.ts';
import type { Job } from '../../../lambdas/shared/domain/job/job.ts';
import { jobLedgerKey } from '../../../lambdas/shared/domain/keys.ts';
import {
  type Plan,
  type PlannedRecord,
  plannedRecordSchema,
  planSchema,
} from '../../../lambdas/shared/domain/plan/plan.ts';
import type { LedgerEntry, SubmittedEntry } from '../../../lambdas/shared/domain/record/ledger.ts';
import { recordIdOf } from '../../../lambdas/shared/domain/record/record.ts';
import { type Execution, type PlanRunInput, planRunOutputSchema } from '../../../lambdas/shared/domain/state.ts';
import { prefixes } from '../../support/factories.ts';
import { memoryInspect } from '../../support/memory-inspect.ts';
import { messageOfRejection } from '../../support/one-sentence.ts';
import { memoryWorld, type World } from '../../support/world.ts';

export const nightly = 'nightly-1';
export const proxies = { media: { prefixes: ['proxies/'] } };
export const oneQuestion = { ...proxies, analyses: [{ name: 'shots', prompt: 'List.' }] };
export const liteId = 'us.amazon.nova-lite-v1:0';

/** The execution of a request, by the name of its run; or one that resumes it, by a name of its own. */
export function executionOf(input: unknown, overrides: Partial<Execution> = {}): Execution {
  const { executionName = nightly } = overrides;
  return {
    executionName,
    executionArn: `arn:${executionName}`,
    startedAt: '2026-11-02T09:00:00.000Z',
    input,
    ...overrides,
  };
}

/** What the step asks of a world; with small quotas, few records are many. */
export function dependenciesOf(world: World, overrides: Partial<PlanDependencies> = {}): PlanDependencies {
  const { table, claims, store, now } = world;
  return {
    table,
    claims,
    store,
    stagingBucket: 'staging-bucket',
    prefixes,
    deployedModelIds: [liteId, 'us.amazon.nova-2-lite-v1:0'],
    modelQuotas: {},
    modelPrices: {},
    inspect: memoryInspect(),
    newId: () => crypto.randomUUID(),
    now,
    isTimeUp: () => false,
    ...overrides,
  };
}

/** A world with this many videos of 1,000 bytes under `proxies/`. */
export function worldWith(videos: number): World {
  const world = memoryWorld();
  for (let at = 1; at <= videos; at++) world.store.put(`proxies/${String(at).padStart(4, '0')}.mp4`, { bytes: 1000 });
  return world;
}

/** Runs the step for the request of `nightly-1`, with its output checked as its handler does. */
export async function runPlan(
  world: World,
  input: unknown,
  overrides: Partial<PlanDependencies> = {},
  dispatch?: PlanRunInput['dispatch'],
  executionName = nightly,
) {
  const execution = executionOf(input, { executionName });
  return planRunOutputSchema.parse(await planRun({ ...execution, dispatch }, dependenciesOf(world, overrides)));
}

/** The plan that the step writes for a request. */
export async function planOf(world: World, input: unknown, overrides: Partial<PlanDependencies> = {}): Promise<Plan> {
  await runPlan(world, input, overrides);
  return writtenPlan(world);
}

export function writtenPlan(world: World, runId = nightly): Plan {
  return planSchema.parse(world.store.jsonOf(`nova/batch/runs/${runId}/plan.json`));
}

export function refusalOf(world: World, input: unknown, overrides: Partial<PlanDependencies> = {}): Promise<string> {
  return messageOfRejection(runPlan(world, input, overrides), 'RequestRefused');
}

/** The records that the plan gives a job, as the later steps read them. */
export async function recordsIn(world: World, job: Job): Promise<PlannedRecord[]> {
  const records: PlannedRecord[] = [];
  const range = { offset: job.recordsOffset, bytes: job.recordsBytes };
  for await (const line of world.store.readLines(job.recordsKey, range)) {
    records.push(plannedRecordSchema.parse(JSON.parse(line)));
  }
  return records;
}

/** How a job's record ended, by its number; all that say nothing succeeded. */
export type Ends = Record<number, Partial<SubmittedEntry>>;

/** Ends a job as `Collect results` leaves it. */
export async function collect(
  world: World,
  job: Job,
  ends: Ends = {},
  end: Partial<Job> = { status: 'Completed' },
): Promise<void> {
  const ledgerKey = jobLedgerKey(prefixes, job.runId, job.jobName, 'collected');
  const entries = (await recordsIn(world, job)).map(({ key, analysis, variant, columns, earlier }, at): LedgerEntry => {
    const recordId = recordIdOf(job.jobHash, at + 1);
    return { recordId, key, analysis, variant, columns, earlier, outcome: 'succeeded', ...ends[at + 1] };
  });
  world.store.put(ledgerKey, { text: entries.map((entry) => `${JSON.stringify(entry)}\n`).join('') });
  const count = (outcome: LedgerEntry['outcome']) => entries.filter((entry) => entry.outcome === outcome).length;
  const counts = { succeeded: count('succeeded'), failed: count('failed'), missing: count('missing') };
  await world.table.updateJob(job, { phase: 'closed', ...end });
  await world.table.finishJob(job, {
    ledgerKey,
    records: { submitted: entries.length - count('skipped'), ...counts },
    skipped: count('skipped'),
    retryable: entries.filter(({ retryable }) => retryable).length,
    inputTokens: 0,
    outputTokens: 0,
    outputLines: 0,
    duplicateLines: 0,
    foreignLines: 0,
    foreignFiles: [],
  });
}

/** Plans a run, ends its jobs, each record as `ends` says by its number in the first of them, and reports it. */
export async function ranBefore(
  world: World,
  input: unknown,
  ends: Ends,
  runId = 'earlier',
  overrides: Partial<PlanDependencies> = {},
): Promise<void> {
  await runPlan(world, input, overrides, undefined, runId);
  const execution = executionOf(input, { executionName: runId });
  for (const [at, job] of (await world.table.listJobs(runId)).entries())
    await collect(world, job, at === 0 ? ends : {});
  await reportRun(execution, world);
}

/** Every job of the run, the first attempt first. */
export function jobsOf(world: World): Promise<Job[]> {
  return world.table.listJobs(nightly);
}

/** A job that must be there. */
export async function jobAt(world: World, at: number): Promise<Job> {
  const job = (await jobsOf(world))[at];
  if (job === undefined) throw new TypeError(`The run has no job ${at}.`);
  return job;
}
