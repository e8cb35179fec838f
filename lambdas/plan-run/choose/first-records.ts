import { type Analysis, kindsAskedBy } from '../../shared/analyses.ts';
import { claimStates } from '../../shared/claim-states.ts';
import type { PlannedRecord } from '../../shared/plan.ts';
import type { MediaBatchRequest } from '../../shared/request.ts';
import type { PlanRunDependencies } from '../dependencies.ts';
import type { Turn } from '../turn.ts';
import { givenRecords } from './given-records.ts';
import { selectMedia } from './select-media.ts';
import { candidatesOf, everyOne, onlyNew, type Reached } from './select-records.ts';
import type { SkipList } from './skip-list.ts';

/** What is asked, and where is written down what is left out and how far it went. */
export interface FirstRecordsContext {
  analyses: readonly Analysis[];
  skips: SkipList;
  reached: Reached;
  turn: Turn;
}

/**
 * The records that a request sends, as far as its turn goes: finished ones, or one for each of its media and each analysis.
 *
 * @throws {RequestRefused} for what cannot work
 */
export async function* firstRecords(
  { media, records, dryRun: isDryRun = false }: MediaBatchRequest,
  { analyses, skips, reached, turn }: FirstRecordsContext,
  { store, table, claims, prefixes }: PlanRunDependencies,
): AsyncGenerator<PlannedRecord> {
  if (records !== undefined) {
    for await (const record of givenRecords(records, { store, turn })) {
      reached.records += 1;
      yield record;
    }
    return;
  }
  if (media === undefined) return;
  const { bucket } = store;
  const from = { store, own: prefixes, analyses, kinds: kindsAskedBy(analyses), isDryRun, turn };
  const candidates = candidatesOf(selectMedia(media, from), { bucket, analyses, skips, reached });
  yield* media.newOnly
    ? onlyNew(candidates, { bucket, claims, stateOf: claimStates(table), skips })
    : everyOne(candidates);
}
