import { describe, expect, it } from 'vitest';
import { findModel } from '../../../lambdas/shared/models.ts';
import { costOf } from '../../../lambdas/shared/pricing.ts';

function novaLite() {
  const found = findModel('amazon.nova-lite-v1:0');
  if (found === undefined) throw new TypeError('Nova Lite is not in the table.');
  return found.model;
}

describe('the price of tokens', () => {
  it('is half of on demand in a batch job', () => {
    const cost = costOf(novaLite(), { inputTokens: 1_000_000, outputTokens: 100_000 });

    expect(cost?.onDemandUsd).toBeCloseTo(0.06 + 0.024, 10);
    expect(cost?.batchUsd).toBeCloseTo(0.042, 10);
  });

  it('of 99 padding records with Nova Lite is under a hundredth of a cent', () => {
    expect(costOf(novaLite(), { inputTokens: 99 * 4, outputTokens: 99 })?.batchUsd).toBeLessThan(0.0001);
  });

  it('of no tokens is nothing', () => {
    expect(costOf(novaLite(), { inputTokens: 0, outputTokens: 0 })).toEqual({ batchUsd: 0, onDemandUsd: 0 });
  });

  it('is unknown, never 0, where the model has no price', () => {
    expect(costOf({ ...novaLite(), price: 'unknown' }, { inputTokens: 1, outputTokens: 1 })).toBeUndefined();
  });
});
