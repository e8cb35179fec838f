import { type Analysis, mediaKindsOf } from '../../shared/domain/analysis/analysis.ts';
import { claimStates } from '../../shared/domain/claim/claim-states.ts';
import type { Plan, PlannedRecord } from '../../shared/domain/plan/plan.ts';
import type { MediaBatchRequest } from '../../shared/domain/request/request.ts';
import type { PlanRunDependencies } from '../dependencies.ts';
import type { Turn } from '../turn.ts';
import { prebuiltRecords } from './prebuilt/prebuilt-records.ts';
import { selectMedia } from './select-media.ts';
import { allCandidates, candidatesOf, type Reached, unclaimedOnly } from './select-records.ts';
import { selectUnanswered } from './select-unanswered.ts';
import type { SkipList } from './skip-list.ts';

/** What is asked, and where is written down what is skipped and how far it went. */
export interface FirstRecordsContext {
  analyses: readonly Analysis[];
  /** The plan of the run that the request retries, if it does. */
  retried?: Plan;
  /** Tokens that the model answers with at most. */
  maxOutputTokens: number;
  skips: SkipList;
  reached: Reached;
  turn: Turn;
}

/**
 * The records that a request sends, as far as its turn goes: finished ones, one for each of its media and each analysis, or those
 * that an earlier run could not answer.
 *
 * @throws {RequestRefused} for what cannot work
 */
export async function* firstRecords(
  { media = {}, records, dryRun: isDryRun = false }: MediaBatchRequest,
  { analyses, retried, maxOutputTokens, skips, reached, turn }: FirstRecordsContext,
  { store, table, claims, prefixes }: PlanRunDependencies,
): AsyncGenerator<PlannedRecord> {
  if (records !== undefined && retried === undefined) {
    for await (const record of prebuiltRecords(records, { store, turn })) {
      reached.records += 1;
      yield record;
    }
    return;
  }
  const { bucket } = store;
  const from = { store, own: prefixes, analyses, kinds: mediaKindsOf(analyses), isDryRun, turn };
  const candidates = retried
    ? selectUnanswered(retried, { ...from, store, prefixes, maxOutputTokens, skips, reached })
    : candidatesOf(selectMedia(media, from), { bucket, analyses, skips, reached });
  const isRetry = retried !== undefined;
  yield* media.newOnly
    ? unclaimedOnly(candidates, { bucket, claims, stateOf: claimStates(table), skips, isRetry })
    : allCandidates(candidates);
}
