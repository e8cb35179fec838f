import { expect, it } from 'vitest';
import * as limits from '../../../../lambdas/shared/domain/limits.ts';

it.each([
  ['a video', limits.maxVideoBytes, 1e9],
  ['an input file', limits.defaultJobQuotas.maxFileBytes, 1e9],
  ['a state payload', limits.maxStatePayloadBytes, 262_144],
  ['a job of a model without a row of its own', limits.defaultJobQuotas.maxJobBytes, 5e9],
  ['a job of Nova Lite and Pro', limits.raisedMaxJobBytes, 100e9],
  ['a key', limits.maxKeyBytes, 1024],
])('%s has its limit in bytes of the unit that its name says', (_, limit, bytes) => {
  expect(limit).toBe(bytes);
});

it('keeps the default timeout inside what Bedrock takes', () => {
  const { min, max, default: usual } = limits.jobTimeoutHours;

  expect([min, max]).toEqual([24, 168]);
  expect(usual).toBe(72);
});
