import { describe, expect, it } from 'vitest';
import { executionNameFor } from '../../../../lib/cli/run/start-run.ts';

const now = new Date('2026-11-22T10:45:12.345Z');

describe('the name of an execution', () => {
  it.each([
    [{ name: 'nightly' }, 'nightly'],
    [{ name: 'v1.2-b' }, 'v1.2-b'],
    [{}, 'run'],
    [{ name: 7 }, 'run'],
    [{ name: '' }, 'run'],
    [null, 'run'],
    ['text', 'run'],
    [{ name: 'two words_and more' }, 'two-words-and-more'],
    [{ name: '../../etc' }, 'run'],
    [{ name: 'Übung' }, 'run'],
  ])('begins for %j with %s', (request, beginning) => {
    expect(executionNameFor(request, now, '3f9a1c')).toBe(`${beginning}-20261122T104512Z-3f9a1c`);
  });

  it('stays under the 80 characters that Step Functions accepts', () => {
    expect(executionNameFor({ name: 'x'.repeat(500) }, now, '3f9a1c').length).toBeLessThanOrEqual(80);
  });
});
