import { describe, expect, it } from 'vitest';
import { ledgerEntrySchema, recordCountsSchema } from '../../../../../lambdas/shared/domain/record/ledger.ts';

it('refuses counts that cannot be', () => {
  expect(recordCountsSchema.safeParse({ submitted: 1, succeeded: 2, failed: 0, missing: -1 }).success).toBe(false);
});

describe('a line of a ledger', () => {
  const line = { key: 'proxies/C0001.MP4', reason: 'why' };

  it('has no ID and no analysis where the plan skipped the media', () => {
    expect(ledgerEntrySchema.parse({ ...line, outcome: 'skipped' })).toEqual({ ...line, outcome: 'skipped' });
  });

  it.each(['succeeded', 'failed', 'missing'])('names its record where it %s', (outcome) => {
    const record = { recordId: 'abcdef012345-000001', analysis: 'shots' };

    expect(ledgerEntrySchema.safeParse({ ...line, ...record, outcome }).success).toBe(true);
    expect(ledgerEntrySchema.safeParse({ ...line, outcome }).success).toBe(false);
  });
});
