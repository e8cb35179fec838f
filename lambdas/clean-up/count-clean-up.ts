import type { Counters } from '../shared/metrics.ts';
import type { CleanUpOutput } from './clean-up.ts';

/** Counts a clean-up and what it removed; a dry run did neither. */
export function countCleanUp({ dryRun, removed, failures }: CleanUpOutput, counters: Counters): void {
  if (dryRun) return;
  counters.add('CleanUps', 1);
  counters.add(
    'ObjectsRemoved',
    Object.values(removed).reduce((sum, count) => sum + count, 0),
  );
  counters.add('RemovalFailures', failures.length);
}
