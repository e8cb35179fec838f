import type { ClaimTable } from '../../shared/aws/dynamodb/claim-table.ts';
import { type Analysis, mediaKindsOf } from '../../shared/domain/analysis/analysis.ts';
import { claimStates } from '../../shared/domain/claim/claim-states.ts';
import type { KeyPrefixes } from '../../shared/domain/keys.ts';
import type { Plan, PlannedRecord } from '../../shared/domain/plan/plan.ts';
import type { RunTable } from '../../shared/domain/ports/run-table.ts';
import type { MediaBatchRequest } from '../../shared/domain/request/request.ts';
import type { Turn } from '../checkpoint.ts';
import { prebuiltRecords } from './prebuilt/prebuilt-records.ts';
import { selectMedia } from './select-media.ts';
import { allCandidates, candidatesOf, unclaimedOnly } from './select-records.ts';
import { type SelectUnanswered, selectUnanswered } from './select-unanswered.ts';
import type { SkipList } from './skip-list.ts';

/** The analyses, the turn, and the list of skipped media. */
export interface FirstRecordsContext {
  analyses: readonly Analysis[];
  /** The plan of the run that the request retries. */
  retried?: Plan;
  /** The most tokens of an answer of the model. */
  maxOutputTokens: number;
  skips: SkipList;
  turn: Turn;
}

interface FirstRecordsDependencies {
  store: SelectUnanswered['store'];
  table: Pick<RunTable, 'getRun' | 'findJob' | 'getJob'>;
  claims: Pick<ClaimTable, 'readClaims'>;
  prefixes: KeyPrefixes;
}

/**
 * Returns the records that a request sends, as far as its turn gets: prebuilt ones, one per media and analysis, or
 * those that an earlier run could not answer.
 *
 * @throws {RequestRefused} for what cannot work
 */
export async function* firstRecords(
  { media = {}, records, dryRun: isDryRun = false }: MediaBatchRequest,
  { analyses, retried, maxOutputTokens, skips, turn }: FirstRecordsContext,
  { store, table, claims, prefixes }: FirstRecordsDependencies,
): AsyncGenerator<PlannedRecord> {
  if (records !== undefined && retried === undefined) {
    for await (const record of prebuiltRecords(records, { store, turn })) {
      turn.position.candidates += 1;
      yield record;
    }
    return;
  }
  const { bucket } = store;
  const from = { store, own: prefixes, analyses, kinds: mediaKindsOf(analyses), isDryRun, turn };
  const candidates = retried
    ? selectUnanswered(retried, { ...from, store, maxOutputTokens, skips })
    : candidatesOf(selectMedia(media, from), { bucket, analyses, skips, position: turn.position });
  const isRetry = retried !== undefined;
  yield* media.newOnly
    ? unclaimedOnly(candidates, { bucket, claims, stateOf: claimStates(table), skips, isRetry })
    : allCandidates(candidates);
}
