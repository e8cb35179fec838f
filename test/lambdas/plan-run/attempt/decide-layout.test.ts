import { describe, expect, it } from 'vitest';
import { decideLayout } from '../../../../lambdas/plan-run/attempt/decide-layout.ts';
import { RequestRefused } from '../../../../lambdas/shared/domain/errors/errors.ts';
import { expectOneSentence } from '../../../support/one-sentence.ts';

const GB = 1_000_000_000;
const reader = { label: 'Nova 2 Lite', maxJobBytes: 5 * GB };
const root = (overrides: { foreignInputs?: string[]; totalBytes?: number } = {}) => ({
  bucket: 'media-bucket',
  ...{ foreignInputs: [], totalBytes: 1 },
  ...overrides,
});

function refusalOf(decide: () => unknown): string {
  try {
    decide();
  } catch (error) {
    if (error instanceof RequestRefused) return error.message;
    throw error;
  }
  return 'accepted';
}

describe('a layout', () => {
  it.each([
    [undefined, 'root is the default'],
    ['root', 'the request says root'],
    ['auto', 'auto: the bucket holds 0.0 GB and a job of Nova 2 Lite may read 5.0 GB'],
  ] as const)('is root where the root works, for %j because %s', (requested, layoutReason) => {
    expect(decideLayout(requested, root(), 0, reader)).toEqual({ layout: 'root', layoutReason });
  });

  it.each([
    [5 * GB - 1, 0, 'root'],
    [5 * GB, 0, 'root'],
    [5 * GB + 1, 0, 'staged'],
    [5 * GB - 10, 10, 'root'],
    [5 * GB - 10, 11, 'staged'],
  ])('counts everything in the bucket and what the run adds: %i + %i bytes are %s', (totalBytes, added, layout) => {
    expect(decideLayout('auto', root({ totalBytes }), added, reader).layout).toBe(layout);
    const isRefused = refusalOf(() => decideLayout('root', root({ totalBytes }), added, reader)) !== 'accepted';
    expect(isRefused).toBe(layout === 'staged');
  });

  it('is staged with auto where the bucket is too large, and says by how much', () => {
    expect(decideLayout('auto', root({ totalBytes: 7.06 * GB }), 0, reader)).toEqual({
      layout: 'staged',
      layoutReason: 'auto: the bucket holds 7.1 GB and a job of Nova 2 Lite may read 5.0 GB',
    });
  });

  it('is staged with auto where a foreignInput lies in the bucket, and names it', () => {
    expect(decideLayout('auto', root({ foreignInputs: ['a/x.jsonl'] }), 0, reader)).toEqual({
      layout: 'staged',
      layoutReason: 'auto: "a/x.jsonl" is in the bucket, and a job at its root would run it',
    });
  });

  it.each([undefined, 'root'] as const)('is refused for %j where the root cannot work', (requested) => {
    expectOneSentence(
      refusalOf(() => decideLayout(requested, root({ foreignInputs: ['x.jsonl'] }), 0, reader)),
      'Bucket media-bucket has "x.jsonl", which a job over the bucket\'s root would run and bill',
    );
    expectOneSentence(
      refusalOf(() => decideLayout(requested, root({ totalBytes: 6 * GB }), 0, reader)),
      'Bucket media-bucket holds 6.0 GB and a job of Nova 2 Lite may read 5.0 GB',
      'ask for "layout": "auto"',
      'or use a model with a larger quota',
    );
  });
});
