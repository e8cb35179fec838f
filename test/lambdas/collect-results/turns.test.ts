import { expect, it } from 'vitest';
import { maxCollectTurns, turnReserveMs } from '../../../lambdas/collect-results/turns.ts';
import { maxFunctionSeconds } from '../../../lambdas/shared/limits.ts';
import { findModel } from '../../../lambdas/shared/models.ts';

it('leaves room for the largest job even at 10 results a second', () => {
  const maxRecords = findModel('amazon.nova-lite-v1:0')?.model.quotas.maxRecordsPerJob ?? 0;
  const secondsPerTurn = maxFunctionSeconds - turnReserveMs / 1000;

  expect(maxRecords / 10 / secondsPerTurn).toBeLessThan(maxCollectTurns);
});
