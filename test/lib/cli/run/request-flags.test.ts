import { describe, expect, it } from 'vitest';
import { requestWith } from '../../../../lib/cli/run/request-flags.ts';

describe('the flags of a run', () => {
  it('are a request without a file', () => {
    const flags = {
      ...{
        prefix: ['a/', 'b/'],
        include: ['**/*.mp4'],
        exclude: ['x*'],
        key: ['k.mp4'],
        manifest: 'm.csv',
        newOnly: true,
      },
      ...{ analysis: ['summary'], model: 'm', layout: 'auto', name: 'n', maxCost: 5, retries: 0, dryRun: true },
    };

    expect(requestWith(undefined, flags)).toEqual({
      media: {
        ...{ prefixes: ['a/', 'b/'], include: ['**/*.mp4'], exclude: ['x*'], keys: ['k.mp4'] },
        ...{ manifest: 'm.csv', newOnly: true },
      },
      ...{ analyses: ['summary'], model: 'm', layout: 'auto', name: 'n', maxCostUsd: 5, retries: 0, dryRun: true },
    });
  });

  it('override the same fields of a file, and keep the others', () => {
    const file = { media: { prefixes: ['a/'], exclude: ['x*'] }, analyses: ['summary', 'chapters'], name: 'nightly' };

    expect(requestWith(file, { prefix: ['b/'], analysis: ['elements'] })).toEqual({
      ...{ media: { prefixes: ['b/'], exclude: ['x*'] }, analyses: ['elements'], name: 'nightly' },
    });
    expect(requestWith(file, {})).toEqual(file);
  });

  it('add a question to the analyses, under a name', () => {
    expect(requestWith(undefined, { key: ['k'], analysis: ['summary'], ask: 'Why?', askName: 'why' })).toMatchObject({
      analyses: ['summary', { name: 'why', prompt: 'Why?' }],
    });
    expect(requestWith(undefined, { key: ['k'], ask: 'Why?' })).toMatchObject({ analyses: [{ name: 'question' }] });
  });

  it('leave what is not an object to the check of the request', () => {
    expect(requestWith(['no', 'request'], { prefix: ['a/'] })).toEqual(['no', 'request']);
    expect(requestWith({ media: 'a/' }, { prefix: ['b/'] })).toEqual({ media: { prefixes: ['b/'] } });
  });

  it('need media, or a run that is retried', () => {
    expect(requestWith(undefined, { retry: 'run-1', maxCost: 2 })).toEqual({ retryOf: 'run-1', maxCostUsd: 2 });
    expect(() => requestWith(undefined, { name: 'n' })).toThrow('No media are named: give');
  });
});
