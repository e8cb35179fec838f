import { expect, it } from 'vitest';
import { planPositionSchema } from '../../../../lambdas/plan-run/checkpoint.ts';
import { skipList } from '../../../../lambdas/plan-run/select/skip-list.ts';
import { memoryStore } from '../../../support/memory-store.ts';

it('what is skipped is listed in full, and counted in no more groups than a plan can hold', async () => {
  const store = memoryStore();
  const skips = skipList(store, 'list', planPositionSchema.parse({}));

  for (let at = 0; at < 1500; at++) await skips.skip({ key: `${at}.mp4`, reason: `failed for good: ${at}` });
  for (const line of [7, 8]) await skips.skip({ key: '', reason: 'the row names no key', line });

  const { skipped } = await skips.complete();

  const { total, byReason } = skipped;
  expect(total).toBe(1502);
  expect(Object.keys(byReason)).toHaveLength(1001);
  expect(byReason['other reasons']).toBe(502);
  expect(store.linesOf('list')).toHaveLength(1502);
});
