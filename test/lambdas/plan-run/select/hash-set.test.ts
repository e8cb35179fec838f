import { expect, it } from 'vitest';
import { hashSet } from '../../../../lambdas/plan-run/select/hash-set.ts';

it('knows every text again, and no other, however often it has grown', () => {
  const set = hashSet('rows');
  const texts = Array.from({ length: 20_000 }, (_, at) => `proxies/${at}.mp4`);

  expect(texts.filter((text) => !set.add(text))).toEqual([]);
  expect(texts.filter((text) => set.add(text))).toEqual([]);
  expect(set.add('proxies/20000.mp4')).toBe(true);
});
