import { expect, it } from 'vitest';
import { recordCountsSchema } from '../../../../../lambdas/shared/domain/record/ledger.ts';

it('reads counts that a later version has added to', () => {
  const counts = { submitted: 3, succeeded: 1, failed: 1, missing: 1 };

  expect(recordCountsSchema.parse({ ...counts, cached: 1 })).toEqual(counts);
});

it('refuses counts that cannot be', () => {
  expect(recordCountsSchema.safeParse({ submitted: 1, succeeded: 2, failed: 0, missing: -1 }).success).toBe(false);
});
