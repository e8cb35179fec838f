import { expect, it } from 'vitest';
import { plainItem } from '../../../../../lambdas/shared/aws/dynamodb/attribute-values.ts';

it('an item is read as plain values, however deep', () => {
  const item = plainItem({
    pk: { S: '' },
    facts: { M: { seconds: { N: '1.5' }, sizes: { L: [{ N: '0' }, { BOOL: false }, { NULL: true }] } } },
  });

  expect(item).toEqual({ pk: '', facts: { seconds: 1.5, sizes: [0, false, null] } });
});

it('a kind of value that no item of ours has is refused', () => {
  expect(() => plainItem({ names: { SS: ['a'] } })).toThrow('kind SS, expected S, N, BOOL');
});
