import type { Counters } from '../shared/runtime/metrics.ts';
import type { CleanUpOutput } from './clean-up.ts';

/** Counts complete clean-ups and all removals; a dry run counts as neither. */
export function countCleanUp(
  { dryRun, removed, failures, unlisted, checkpoint }: CleanUpOutput,
  counters: Counters,
): void {
  if (dryRun) return;
  counters.add('CleanUps', checkpoint === undefined ? 1 : 0);
  counters.add(
    'ObjectsRemoved',
    Object.values(removed).reduce((sum, count) => sum + count, 0),
  );
  counters.add('RemovalFailures', failures.length + unlisted.failures);
}
