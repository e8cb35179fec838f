import { RequestRefused } from '../shared/errors.ts';
import type { Job } from '../shared/jobs.ts';
import { findModel, quotasOf } from '../shared/models.ts';
import type { Plan, Round } from '../shared/plan.ts';
import type { Run } from '../shared/runs.ts';
import { isTooLarge } from '../shared/too-large.ts';
import { type DecidedLayout, decideLayout, staged } from './decide-layout.ts';
import type { PlanRunDependencies } from './dependencies.ts';
import { planRound } from './plan-round.ts';
import { retryRecords } from './retry-records.ts';
import { surveyRoot } from './survey-root.ts';

/** A run as far as it has come. */
export interface Progress {
  run: Run;
  plan: Plan;
  rounds: readonly Round[];
  /** Jobs of the last of the rounds. */
  jobs: readonly Job[];
}

/**
 * Plans the round after the last one: what failed there and may succeed, up to the request's `retries`; and under `auto` what
 * Bedrock refused at the root for its size: alone it is no retry, and is sent when no retry is left as well.
 *
 * @returns nothing where no further round is due, or none can work
 */
export async function planNextRound(
  { run, plan, rounds, jobs }: Progress,
  dependencies: PlanRunDependencies,
): Promise<Round | undefined> {
  const last = rounds.at(-1);
  const model = findModel(plan.modelId)?.model;
  const [executionArn] = run.executionArns;
  if (last === undefined || model === undefined || executionArn === undefined) return undefined;
  const failed = jobs.filter(({ collected }) => (collected?.retryable ?? 0) > 0);
  const isAuto = plan.request.layout === 'auto';
  const tooLarge = isAuto && last.layout === 'root' ? failed.filter(({ failure }) => isTooLarge(failure)) : [];
  const hasRetries = rounds.filter((round) => !round.isFallback).length <= plan.retries;
  const sentAgain = hasRetries ? failed : tooLarge;
  if (sentAgain.length === 0) return undefined;

  const { store, table } = dependencies;
  const quotas = quotasOf(plan.modelId, model, dependencies.modelQuotas);
  const root = isAuto && tooLarge.length === 0 && last.layout === 'root' ? await surveyRoot(store, table) : undefined;
  const decide = (addedBytes: number): DecidedLayout => {
    if (tooLarge.length > 0) return staged('auto: Bedrock refused a job at the root for the size of the bucket');
    if (root === undefined) return { layout: last.layout, layoutReason: last.layoutReason };
    return decideLayout('auto', root, addedBytes, { label: model.label, maxJobBytes: quotas.maxJobBytes });
  };
  try {
    const round = await planRound(retryRecords(sentAgain, store, model.maxOutputTokens), {
      ...dependencies,
      ...plan,
      executionArn,
      round: last.round + 1,
      label: model.label,
      quotas,
      planner: dependencies.newId(),
      decide,
    });
    // A round that has records of other jobs as well sends those again, so that it is a retry.
    return round && { ...round, isFallback: sentAgain.length === tooLarge.length || undefined };
  } catch (error) {
    // The run has results by now: what cannot be sent again stays as it failed, with its reason in the ledger.
    if (error instanceof RequestRefused) return undefined;
    throw error;
  }
}
