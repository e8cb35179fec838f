import { TooManyTurns } from '../../shared/domain/checkpoint.ts';
import { RequestRefused } from '../../shared/domain/errors/errors.ts';
import type { Job } from '../../shared/domain/job/job.ts';
import { isTooLarge } from '../../shared/domain/job/too-large.ts';
import { findModel, quotasOf } from '../../shared/domain/model/models.ts';
import { type Attempt, hasRetriesLeft, type Plan } from '../../shared/domain/plan/plan.ts';
import type { Run } from '../../shared/domain/run/run.ts';
import type { PlanCheckpoint } from '../../shared/domain/state.ts';
import { beginTurn, type UnfinishedPlan } from '../checkpoint.ts';
import { keepsBudget } from '../estimate/estimate-plan.ts';
import type { AttemptDependencies } from './attempt-context.ts';
import { buildAttempt } from './build-attempt.ts';
import { decideLayout, staged } from './decide-layout.ts';
import { recordsList } from './records-list.ts';
import { retryRecords } from './retry-records.ts';
import { scanRoot } from './scan-root.ts';

/** A run with its attempts. */
export interface PlannedRun {
  run: Run;
  plan: Plan;
  attempts: readonly Attempt[];
  /** Jobs of the last attempt. */
  jobs: readonly Job[];
}

/**
 * Plans the next attempt: records that failed and may succeed, up to the request's `retries`. Under `auto` it also
 * sends what Bedrock refused at the root for its size; an attempt of these alone does not count as a retry.
 *
 * @param checkpoint of the turn before, if there was one
 * @returns undefined where no further attempt is due, or none can work
 */
export async function planNextAttempt(
  { run, plan, attempts, jobs }: PlannedRun,
  checkpoint: PlanCheckpoint | undefined,
  dependencies: AttemptDependencies,
): Promise<Attempt | UnfinishedPlan | undefined> {
  const last = attempts.at(-1);
  const model = findModel(plan.modelId)?.model;
  const [executionArn] = run.executionArns;
  if (last === undefined || model === undefined || executionArn === undefined) return undefined;
  const failed = jobs.filter(({ collected }) => (collected?.retryable ?? 0) > 0);
  // Prebuilt records name their media in place, so only the root can work.
  const isAuto = plan.request.layout === 'auto' && plan.request.records === undefined;
  const tooLarge = isAuto && last.layout === 'root' ? failed.filter(({ failure }) => isTooLarge(failure)) : [];
  const sentAgain = hasRetriesLeft(plan, attempts) ? failed : tooLarge;
  if (sentAgain.length === 0) return undefined;

  const { store, table, isTimeUp } = dependencies;
  const { label } = model;
  const quotas = quotasOf(plan.modelId, model, dependencies.modelQuotas);
  const turnOf = { runId: plan.runId, attempt: last.attempt + 1 };
  const { planner, position, end } = await beginTurn(turnOf, checkpoint, dependencies);
  const wasScanned = position.scan?.isComplete === true;
  if (isAuto && tooLarge.length === 0 && last.layout === 'root') {
    position.scan = await scanRoot(store, table, isTimeUp, position.scan);
  }
  const { scan } = position;
  const layoutWith = (addedBytes: number) => {
    if (tooLarge.length > 0) return staged('auto: Bedrock refused a job at the root for the size of the bucket');
    if (scan === undefined) return { layout: last.layout, layoutReason: last.layoutReason };
    return decideLayout('auto', { ...scan, bucket: store.bucket }, addedBytes, {
      label,
      maxJobBytes: quotas.maxJobBytes,
    });
  };
  const context = { ...dependencies, ...plan, ...turnOf, executionArn, label, quotas, planner };
  const list = recordsList(context);
  try {
    // The attempt is planned within one turn, so it gets a whole one.
    if (scan !== undefined && (!scan.isComplete || (!wasScanned && isTimeUp()))) return await end();
    await list.writeAll(retryRecords(sentAgain, store, model.maxOutputTokens));
    const layout = layoutWith(list.addedBytes());
    const attempt = buildAttempt(list, layout, context);
    await list.complete();
    if (attempt === undefined || !(await keepsBudget(attempt, { plan, attempts, model }, dependencies))) {
      return undefined;
    }
    // An attempt with records of other jobs sends those again, so it is a retry.
    return { ...attempt, isFallback: sentAgain.length === tooLarge.length || undefined };
  } catch (error) {
    await list.abandon();
    // The run has results: records that cannot be sent again stay failed, with their reason in the ledger.
    if (error instanceof RequestRefused || error instanceof TooManyTurns) return undefined;
    throw error;
  }
}
