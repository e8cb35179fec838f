import type { Analysis } from '../shared/analyses.ts';
import { kindsAskedBy } from '../shared/analyses.ts';
import { claimStates } from '../shared/claim-states.ts';
import { RequestRefused } from '../shared/errors.ts';
import { roundSkippedKey } from '../shared/keys.ts';
import { jobTimeoutHours } from '../shared/limits.ts';
import { quotasOf } from '../shared/models.ts';
import type { Plan, Round } from '../shared/plan.ts';
import { parseRequest } from '../shared/request.ts';
import type { Run } from '../shared/runs.ts';
import { decideLayout, stagedAsRequested } from './decide-layout.ts';
import type { PlanRunDependencies } from './dependencies.ts';
import { expectedMedia } from './judge-media.ts';
import { planRound } from './plan-round.ts';
import { resolveAnalyses } from './resolve-analyses.ts';
import { resolveModel } from './resolve-model.ts';
import { selectMedia } from './select-media.ts';
import { candidatesOf, everyOne, onlyNew } from './select-records.ts';
import { skipList } from './skip-list.ts';
import { surveyRoot } from './survey-root.ts';

/** Further rounds of a request that does not say how many. */
const defaultRetries = 1;

/**
 * Makes the plan of a request: checks it, looks at the bucket, selects media and packs their records into the first round.
 *
 * @throws {RequestRefused} when the request cannot work
 */
export async function makePlan(run: Run, dependencies: PlanRunDependencies): Promise<Plan> {
  const { runId, startedAt, executionArns, requestJson } = run;
  const { store, table, claims, prefixes, deployedModelIds, modelQuotas, newId, now } = dependencies;
  const parsed = parseRequest(requestJson && JSON.parse(requestJson));
  if ('problem' in parsed) throw new RequestRefused(parsed.problem);
  const { request } = parsed;
  const { modelId, model } = resolveModel(request.model, deployedModelIds);
  const analyses = resolveAnalyses(request.analyses, modelId, model);
  const quotas = quotasOf(modelId, model, modelQuotas);
  const timeoutHours = request.timeoutHours ?? jobTimeoutHours.default;
  const reader = { label: model.label, maxJobBytes: quotas.maxJobBytes };
  const root = request.layout === 'staged' ? undefined : await surveyRoot(store, table);
  const decide = (addedBytes: number) =>
    root === undefined ? stagedAsRequested : decideLayout(request.layout, root, addedBytes, reader);
  // Before media are looked at: what the bucket alone forbids needs no list.
  decide(0);

  const planner = newId();
  const skipsKey = roundSkippedKey(prefixes, runId, planner);
  const skips = skipList(store, skipsKey);
  const { bucket } = store;
  const reached = { media: 0, records: 0 };
  const selected = selectMedia(request.media, { store, own: prefixes, kinds: kindsAskedBy(analyses) });
  const candidates = candidatesOf(selected, { bucket, analyses, skips, reached });
  const stateOf = claimStates(table);
  const records = request.media.newOnly
    ? onlyNew(candidates, { bucket, claims, stateOf, skips })
    : everyOne(candidates);
  const context = {
    ...dependencies,
    ...{ runId, startedAt, executionArn: executionArns[0] ?? runId },
    round: 1,
    request,
    ...reader,
    quotas,
    analyses,
    timeoutHours,
    planner,
    decide,
  };
  let firstRound: Round | undefined;
  try {
    firstRound = await planRound(records, context);
    if (reached.records === 0) throw new RequestRefused(nothingAskedSentence(analyses));
    await skips.complete();
  } catch (error) {
    await skips.abandon();
    throw error;
  }
  const skipped = skips.summary();
  return {
    runId,
    startedAt,
    request,
    bucket,
    modelId,
    timeoutHours,
    retries: request.retries ?? defaultRetries,
    analyses,
    media: reached.media,
    skipped,
    skippedKey: skipped.total > 0 ? skipsKey : undefined,
    firstRound,
    plannedAt: new Date(now()).toISOString(),
  };
}

function nothingAskedSentence(analyses: readonly Analysis[]): string {
  return (
    'The request reaches only media that none of its analyses is for; expected ' +
    `${expectedMedia(kindsAskedBy(analyses))}: add an analysis such as "summary", or name other media.`
  );
}
