import type { Skipped } from '../record/ledger.ts';

/** The beginning of reasons for which the run itself would be refused. */
const prefix = 'would refuse the run: ';

/** Returns the reason of a dry run for something that would refuse a run. */
export function wouldRefuse(problem: string): string {
  return `${prefix}${problem}`;
}

/** Counts the skipped media for which a run would be refused. */
export function countRefusals({ byReason }: Skipped): number {
  const refusals = Object.entries(byReason).filter(([reason]) => reason.startsWith(prefix));
  return refusals.reduce((sum, [, count]) => sum + count, 0);
}
