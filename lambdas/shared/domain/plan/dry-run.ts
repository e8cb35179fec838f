import type { Skipped } from '../record/ledger.ts';

/** How a reason begins for what a dry run skips and the run itself would be refused for. */
const prefix = 'would refuse the run: ';

/** The reason of a dry run for what a run would be refused for. */
export function wouldRefuse(problem: string): string {
  return `${prefix}${problem}`;
}

/** Of what a plan skipped, how many a run would be refused for. */
export function countRefusals({ byReason }: Skipped): number {
  const refusals = Object.entries(byReason).filter(([reason]) => reason.startsWith(prefix));
  return refusals.reduce((sum, [, count]) => sum + count, 0);
}
