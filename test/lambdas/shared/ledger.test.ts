import { expect, it } from 'vitest';
import { recordCountsSchema } from '../../../lambdas/shared/ledger.ts';

it('refuses counts that cannot be', () => {
  expect(recordCountsSchema.safeParse({ submitted: 1, succeeded: 2, failed: 0, missing: -1 }).success).toBe(false);
});
