import type { ClaimTable } from '../shared/aws/dynamodb/claim-table.ts';
import { type Analysis, mediaKindsOf } from '../shared/domain/analysis/analysis.ts';
import { RequestRefused } from '../shared/domain/errors/errors.ts';
import { formatVersion } from '../shared/domain/format-version.ts';
import { attemptSkippedKey } from '../shared/domain/keys.ts';
import { jobTimeoutHours } from '../shared/domain/limits.ts';
import { mediaKindSchema } from '../shared/domain/media/media.ts';
import type { ModelPrices } from '../shared/domain/model/cost.ts';
import { priceOf, quotasOf } from '../shared/domain/model/models.ts';
import type { Plan } from '../shared/domain/plan/plan.ts';
import { defaultRetries, parseRequest } from '../shared/domain/request/request.ts';
import type { Run } from '../shared/domain/run/run.ts';
import type { PlanCheckpoint } from '../shared/domain/state.ts';
import type { AttemptDependencies } from './attempt/attempt-context.ts';
import { buildAttempt } from './attempt/build-attempt.ts';
import { decideLayout, stagedAsRequested } from './attempt/decide-layout.ts';
import { recordsList } from './attempt/records-list.ts';
import { scanRoot } from './attempt/scan-root.ts';
import { beginTurn, type UnfinishedPlan } from './checkpoint.ts';
import { refuseUnpriced } from './estimate/estimate-budget.ts';
import { withEstimate } from './estimate/estimate-plan.ts';
import { resolveModel } from './request/resolve-model.ts';
import { retriedPlan, withSettingsOf } from './request/retried-run.ts';
import { firstRecords } from './select/first-records.ts';
import { expectedMedia } from './select/judge-media.ts';
import { prebuiltAnalysis } from './select/prebuilt/prebuilt-records.ts';
import { skipList } from './select/skip-list.ts';

/** What planning needs. */
export interface PlanDependencies extends AttemptDependencies {
  claims: ClaimTable;
  deployedModelIds: readonly string[];
  modelPrices: ModelPrices;
}

/**
 * Plans a request: checks it, scans the bucket, writes the list of records, decides the layout and prices the jobs.
 * Where time is up before, it returns a checkpoint for the next turn.
 *
 * @throws {RequestRefused} when the request cannot work
 */
export async function createPlan(
  run: Run,
  checkpoint: PlanCheckpoint | undefined,
  dependencies: PlanDependencies,
): Promise<Plan | UnfinishedPlan> {
  const { runId, startedAt, executionArns, requestJson } = run;
  const { store, table, prefixes, deployedModelIds, modelQuotas, modelPrices, now, isTimeUp } = dependencies;
  const parsed = parseRequest(JSON.parse(requestJson));
  if ('problem' in parsed) throw new RequestRefused(parsed.problem);
  const { retryOf } = parsed.request;
  const retried = retryOf === undefined ? undefined : await retriedPlan(retryOf, dependencies);
  const request = retried === undefined ? parsed.request : withSettingsOf(retried, parsed.request);
  const isPrebuilt = request.records !== undefined;
  const { modelId, model } = resolveModel(retried?.modelId ?? request.model, deployedModelIds);
  const price = priceOf(modelId, modelPrices);
  refuseUnpriced(request, modelId, price);
  // Loaded here, because a run that has a plan does not need it: the compiler of schemas takes longest to load.
  const { resolveAnalyses } = await import('./request/resolve-analyses.ts');
  const hasManifest = request.media?.manifest !== undefined;
  const asked = () => resolveAnalyses(request.analyses, modelId, model, hasManifest);
  const analyses = retried?.analyses ?? (isPrebuilt ? [analysisOfPrebuilt] : asked());
  const quotas = quotasOf(modelId, model, modelQuotas);
  const timeoutHours = request.timeoutHours ?? jobTimeoutHours.default;
  const reader = { label: model.label, maxJobBytes: quotas.maxJobBytes, isInPlaceOnly: isPrebuilt };
  const turn = await beginTurn({ runId, attempt: 1 }, checkpoint, dependencies);
  const { planner, position } = turn;
  if (request.layout !== 'staged') position.scan = await scanRoot(store, table, isTimeUp, position.scan);
  const { scan } = position;
  const layoutWith = (addedBytes: number) =>
    scan === undefined
      ? stagedAsRequested
      : decideLayout(request.layout, { ...scan, bucket: store.bucket }, addedBytes, reader);
  // Before any media are listed: what the bucket alone forbids needs no list.
  layoutWith(0);
  if (scan?.isComplete === false) return turn.end();

  const context = {
    ...dependencies,
    ...{ runId, startedAt, executionArn: executionArns[0] ?? runId },
    ...{ attempt: 1, request, label: model.label, quotas, analyses, timeoutHours, planner },
  };
  const list = recordsList(context);
  const skips = skipList(store, attemptSkippedKey(prefixes, runId, planner), position);
  const completeLists = async () =>
    Object.assign(position, { recordsKey: await list.complete(), ...(await skips.complete()) });
  const { maxOutputTokens } = model;
  try {
    if (position.recordsKey !== undefined) await list.copyFrom(position.recordsKey);
    await list.writeAll(firstRecords(request, { analyses, retried, maxOutputTokens, skips, turn }, dependencies));
    if (turn.isUnfinished()) {
      await completeLists();
      return await turn.end();
    }
    // A retry of a run in which everything succeeded has nothing to send, which is no mistake.
    if (position.candidates === 0 && retried === undefined) throw new RequestRefused(nothingAskedSentence(analyses));
    const layout = layoutWith(list.addedBytes());
    const attempt = buildAttempt(list, layout, context);
    // Only now, so that a refused request leaves no list.
    const { media, skipped, skippedKey } = await completeLists();
    const estimate = await withEstimate(attempt, request, { ...dependencies, analyses, model, price });
    return {
      ...{ formatVersion, runId, startedAt, request, bucket: store.bucket, modelId, timeoutHours },
      retries: request.retries ?? defaultRetries,
      ...{ analyses, media, skipped, skippedKey },
      ...estimate,
      plannedAt: new Date(now()).toISOString(),
    };
  } catch (error) {
    await Promise.all([list.abandon(), skips.abandon()]);
    throw error;
  }
}

/** The analysis of prebuilt records, which bring their own question. */
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
