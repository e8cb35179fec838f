import type { Chance } from './chance.ts';
import { models } from './quotas.ts';

/** What a run asks for, as far as it is judged by it. */
export interface Request {
  media: { prefixes: string[]; newOnly?: boolean };
  [field: string]: unknown;
}

const allAnalyses = ['summary', 'chapters', 'elements'] as const;

/** A request; the large ones have thousands of records. */
export function drawRequest(chance: Chance, at: number, isLarge: boolean, keys: readonly string[]): Request {
  const analyses = allAnalyses.filter((name) => chance.happens(isLarge ? 0.8 : 0.4, 'analysis', name, at));
  // With the smallest quota these make five jobs.
  const isFew = keys.length * analyses.length <= 20;
  // A prefix without media would only be refused.
  const [first = 'proxies/', ...others] = [...new Set(keys.map((key) => key.replace(/\/.*/, '/')))];
  return {
    media: {
      prefixes: chance.happens(0.7, 'all prefixes', at)
        ? [first, ...others]
        : [chance.pick([first, ...others], 'prefix', at)],
      ...(chance.happens(0.5, 'new only', at) && { newOnly: true }),
    },
    analyses: analyses.length > 0 ? analyses : ['summary'],
    model: isLarge ? models.many : isFew && chance.happens(0.6, 'model', at) ? models.few : models.some,
    layout: chance.pick(['root', 'root', 'staged', 'auto'], 'layout', at),
    timeoutHours: 24,
    ...(chance.happens(0.5, 'other retries', at) && { retries: chance.pick([0, 2], 'retries', at) }),
    ...(chance.happens(0.1, 'minimum', at) && { belowMinimum: 'fail' }),
  };
}
