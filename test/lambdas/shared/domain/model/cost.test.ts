import { describe, expect, it } from 'vitest';
import { costOf, modelPricesSchema } from '../../../../../lambdas/shared/domain/model/cost.ts';
import { findModel, models, priceOf } from '../../../../../lambdas/shared/domain/model/models.ts';

const liteId = 'us.amazon.nova-lite-v1:0';

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

describe('the table of prices', () => {
  it('says of every model when and where its price was read', () => {
    for (const { modelId, profiles } of models) {
      for (const id of [modelId, ...profiles.map((profile) => `${profile}.${modelId}`)]) {
        expect(priceOf(id)).toMatchObject({ asOf: expect.stringMatching(/^20\d\d-\d\d/), source: expect.any(String) });
      }
    }
  });

  it('tells profiles apart that cost something else', () => {
    expect(priceOf('us.amazon.nova-2-lite-v1:0')).toMatchObject({ input: 0.00033, output: 0.00275 });
    expect(priceOf('global.amazon.nova-2-lite-v1:0')).toMatchObject({ input: 0.0003, output: 0.0025 });
  });

  it('says which prices nobody has verified, among them all of other geographies', () => {
    const isUnverified = (id: string) => priceOf(id) !== 'unknown' && 'isUnverified' in Object(priceOf(id));

    expect(['amazon.nova-lite-v1:0', liteId].map(isUnverified)).toEqual([false, false]);
    expect(
      ['eu.amazon.nova-lite-v1:0', 'global.amazon.nova-2-lite-v1:0', 'us.amazon.nova-pro-v1:0'].map(isUnverified),
    ).toEqual([true, true, true]);
  });

  it('knows nothing of a model that it does not have', () => {
    expect(priceOf('someone.else-v1:0')).toBe('unknown');
    expect(priceOf('constructor')).toBe('unknown');
  });
});

describe('prices of the settings', () => {
  const own = { input: 0.00005, output: 0.0002 };

  it('come before those of the table, for their very ID only', () => {
    expect(priceOf(liteId, { [liteId]: own })).toEqual({ ...own, source: 'the setting modelPrices' });
    expect(priceOf('amazon.nova-lite-v1:0', { [liteId]: own })).toMatchObject({ input: 0.00006 });
  });

  it.each([{ input: 0, output: 1 }, { input: -1, output: 1 }, { input: 1 }, { ...own, batch: 1 }, 'unknown'])(
    'are refused as %j: nothing is free, and half a price is none',
    (price) => {
      expect(modelPricesSchema.safeParse({ [liteId]: price }).success).toBe(false);
    },
  );
});
