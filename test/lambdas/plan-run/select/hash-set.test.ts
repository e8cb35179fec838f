import { expect, it } from 'vitest';
import { hashSet } from '../../../../lambdas/plan-run/select/hash-set.ts';
import { expectOneSentence, messageOfRejection } from '../../../support/one-sentence.ts';

it('knows every text again, and no other, however often it has grown', () => {
  const set = hashSet('rows');
  const texts = Array.from({ length: 20_000 }, (_, at) => `proxies/${at}.mp4`);

  expect(texts.filter((text) => !set.add(text))).toEqual([]);
  expect(texts.filter((text) => set.add(text))).toEqual([]);
  expect(set.add('proxies/20000.mp4')).toBe(true);
});

it('refuses one text more than it can hold, and still knows those that it has', async () => {
  const set = hashSet('rows of a manifest', 2);
  for (const text of ['a', 'b', 'a']) set.add(text);

  const adding = (async () => set.add('c'))();

  expectOneSentence(await messageOfRejection(adding, 'RequestRefused'), 'more than 2 rows of a manifest', 'divide it');
  expect(set.add('b')).toBe(false);
});
