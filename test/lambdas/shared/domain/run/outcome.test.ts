import { expect, it } from 'vitest';
import { outcomeSchema } from '../../../../../lambdas/shared/domain/run/outcome.ts';

it('has a cost that is a number or said to be unknown', () => {
  const { cost } = outcomeSchema.shape;
  const tokens = { inputTokens: 1, outputTokens: 1 };

  expect(cost.safeParse({ ...tokens, batchUsd: 'unknown', onDemandUsd: 'unknown' }).success).toBe(true);
  expect(cost.safeParse({ ...tokens, batchUsd: 0.1, onDemandUsd: 0.2 }).success).toBe(true);
  expect(cost.safeParse({ ...tokens, batchUsd: -1, onDemandUsd: 0 }).success).toBe(false);
});
