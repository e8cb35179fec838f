import { type Analysis, mediaKindsOf } from '../shared/domain/analysis/analysis.ts';
import { RequestRefused } from '../shared/domain/errors/errors.ts';
import { attemptSkippedKey } from '../shared/domain/keys.ts';
import { jobTimeoutHours } from '../shared/domain/limits.ts';
import { mediaKindSchema } from '../shared/domain/media/media.ts';
import { quotasOf } from '../shared/domain/model/models.ts';
import { priceOf } from '../shared/domain/model/pricing.ts';
import type { Plan } from '../shared/domain/plan/plan.ts';
import { parseRequest } from '../shared/domain/request/request.ts';
import type { Run } from '../shared/domain/run/run.ts';
import type { PlanCheckpoint } from '../shared/domain/state.ts';
import { buildAttempt } from './attempt/build-attempt.ts';
import { decideLayout, stagedAsRequested } from './attempt/decide-layout.ts';
import { rootOf, scanRoot } from './attempt/scan-root.ts';
import type { PlanRunDependencies } from './dependencies.ts';
import { refuseUnpriced } from './estimate/estimate-budget.ts';
import { withEstimate } from './estimate/estimate-plan.ts';
import { endTurn, type PlanTurn, readTurn, type UnfinishedPlan } from './plan-turn.ts';
import { resolveModel } from './request/resolve-model.ts';
import { retriedPlan, withSettingsOf } from './request/retried-run.ts';
import { firstRecords } from './select/first-records.ts';
import { expectedMedia } from './select/judge-media.ts';
import { prebuiltAnalysis } from './select/prebuilt/prebuilt-records.ts';
import { skipList } from './select/skip-list.ts';
import { noProgress, turnFrom } from './turn.ts';

/** Further attempts of a request that does not say how many. */
const defaultRetries = 1;

/**
 * Makes the plan of a request: checks it, looks at the bucket, selects media and packs their records into the first attempt. Where
 * time is up before that, the next turn goes on behind the checkpoint.
 *
 * @throws {RequestRefused} when the request cannot work
 */
export async function makePlan(
  run: Run,
  checkpoint: PlanCheckpoint | undefined,
  dependencies: PlanRunDependencies,
): Promise<Plan | UnfinishedPlan> {
  const { runId, startedAt, executionArns, requestJson } = run;
  const { store, table, prefixes, deployedModelIds, modelQuotas, modelPrices, newId, now, isTimeUp } = dependencies;
  const parsed = parseRequest(requestJson && JSON.parse(requestJson));
  if ('problem' in parsed) throw new RequestRefused(parsed.problem);
  const { retryOf } = parsed.request;
  const retried = retryOf === undefined ? undefined : await retriedPlan(retryOf, dependencies);
  const request = retried === undefined ? parsed.request : withSettingsOf(retried, parsed.request);
  const isPrebuilt = request.records !== undefined;
  const { modelId, model } = resolveModel(retried?.modelId ?? request.model, deployedModelIds);
  const price = priceOf(modelId, modelPrices);
  refuseUnpriced(request, modelId, price);
  // Not before: what compiles schemas takes longer to load than all else, and a run that is planned already needs none of it.
  const { resolveAnalyses } = await import('./request/resolve-analyses.ts');
  const hasManifest = request.media?.manifest !== undefined;
  const asked = () => resolveAnalyses(request.analyses, modelId, model, hasManifest);
  const analyses = retried?.analyses ?? (isPrebuilt ? [analysisOfPrebuilt] : asked());
  const quotas = quotasOf(modelId, model, modelQuotas);
  const timeoutHours = request.timeoutHours ?? jobTimeoutHours.default;
  const reader = { label: model.label, maxJobBytes: quotas.maxJobBytes };
  const planner = newId();
  const earlier = await readTurn(1, checkpoint, dependencies);
  const end = (turn: PlanTurn) => endTurn(turn, { runId, attempt: 1, planner, checkpoint }, dependencies);
  const scan = request.layout === 'staged' ? undefined : await scanRoot(store, table, isTimeUp, earlier.scan);
  const decide = (addedBytes: number) =>
    scan === undefined
      ? stagedAsRequested
      : decideLayout(request.layout, rootOf(scan, store.bucket), addedBytes, { ...reader, isInPlaceOnly: isPrebuilt });
  // Before media are looked at: what the bucket alone forbids needs no list.
  decide(0);
  if (scan?.isComplete === false) return end({ ...earlier, scan });

  const reached = { ...earlier.reached };
  const turn = turnFrom(earlier.progress ?? noProgress(), isTimeUp);
  const skips = skipList(store, attemptSkippedKey(prefixes, runId, planner), earlier.skips);
  const { maxOutputTokens } = model;
  const records = firstRecords(request, { analyses, retried, maxOutputTokens, skips, reached, turn }, dependencies);
  try {
    const planned = await buildAttempt(records, {
      ...dependencies,
      ...{ runId, startedAt, executionArn: executionArns[0] ?? runId },
      ...{ attempt: 1, request, ...reader, quotas, analyses, timeoutHours, planner, decide },
      earlierKey: earlier.recordsKey,
      wasCut: turn.wasCut,
    });
    // Of a run in which everything succeeded nothing is left to retry, which is no mistake.
    if (!turn.wasCut() && reached.records === 0 && retried === undefined)
      throw new RequestRefused(nothingAskedSentence(analyses));
    const priced = await withEstimate(planned?.attempt, request, { ...dependencies, analyses, model, price });
    const skippedKey = await skips.complete();
    const skipped = skips.summary();
    if (turn.wasCut()) {
      const { progress } = turn;
      return end({
        scan,
        progress,
        reached,
        skips: { key: skippedKey, summary: skipped },
        recordsKey: planned?.recordsKey,
      });
    }
    return {
      ...{ runId, startedAt, request, bucket: store.bucket, modelId, timeoutHours },
      retries: request.retries ?? defaultRetries,
      ...{ analyses, media: reached.media, skipped, skippedKey },
      ...priced,
      plannedAt: new Date(now()).toISOString(),
    };
  } catch (error) {
    await skips.abandon();
    throw error;
  }
}

/** What prebuilt records are filed under; they bring their own question. */
const analysisOfPrebuilt: Analysis = {
  name: prebuiltAnalysis,
  prompt: '',
  media: mediaKindSchema.options,
  inference: {},
  fingerprint: prebuiltAnalysis,
};

function nothingAskedSentence(analyses: readonly Analysis[]): string {
  return (
    'The request reaches only media that none of its analyses is for; expected ' +
    `${expectedMedia(mediaKindsOf(analyses))}: add an analysis such as "summary", or name other media.`
  );
}
