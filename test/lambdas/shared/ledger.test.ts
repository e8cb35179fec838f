import { expect, it } from 'vitest';
import { recordCountsSchema, sumCounts } from '../../../lambdas/shared/ledger.ts';

it('sums the counts of several jobs, each number for itself', () => {
  const one = { submitted: 10, succeeded: 7, failed: 2, missing: 1 };
  const other = { submitted: 100, succeeded: 20, failed: 30, missing: 50 };

  expect(sumCounts([one, other])).toEqual({ submitted: 110, succeeded: 27, failed: 32, missing: 51 });
});

it('sums nothing up to zeros', () => {
  expect(sumCounts([])).toEqual({ submitted: 0, succeeded: 0, failed: 0, missing: 0 });
});

it('refuses counts that cannot be', () => {
  expect(recordCountsSchema.safeParse({ submitted: 1, succeeded: 2, failed: 0, missing: -1 }).success).toBe(false);
});
