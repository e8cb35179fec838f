import type { Counters } from '../shared/runtime/metrics.ts';
import type { CleanUpOutput } from './clean-up.ts';

/** Counts a clean-up that came to its end, and what each removed; a dry run did neither. */
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
