import type { Chance } from './chance.ts';
import type { Kind } from './draws.ts';
import { models } from './quotas.ts';

/** What a run asks for, as far as it is judged by it. */
export interface Request {
  media: { prefixes?: string[]; manifest?: string; newOnly?: boolean };
  [field: string]: unknown;
}

/** Where the manifest of a bucket lies; it names all media that are there at first. */
export const manifestKey = 'lists/all.csv';

const allAnalyses = ['summary', 'chapters', 'elements'] as const;

/** A request; a large one has thousands of records. */
export function drawRequest(chance: Chance, at: number, kind: Kind, keys: readonly string[]): Request {
  const prefixes = [...new Set(keys.map((key) => key.replace(/\/.*/, '/')))];
  const common = { timeoutHours: 24, analyses: ['summary'] };
  if (kind === 'queue') return { ...common, media: { prefixes }, model: models.few, layout: 'root', retries: 0 };
  if (kind === 'large') {
    const layout = chance.pick(['root', 'staged', 'auto'], 'layout');
    return { ...common, media: { prefixes }, analyses: [...allAnalyses], model: models.many, layout };
  }
  const analyses = allAnalyses.filter((name) => chance.happens(0.4, 'analysis', name, at));
  // With the smallest quota these make five jobs.
  const isFew = keys.length * analyses.length <= 20;
  return {
    ...common,
    media: {
      ...(chance.happens(0.15, 'manifest', at)
        ? { manifest: manifestKey }
        : { prefixes: chance.happens(0.7, 'all prefixes', at) ? prefixes : prefixes.slice(0, 1) }),
      ...(chance.happens(0.5, 'new only', at) && { newOnly: true }),
    },
    ...(analyses.length > 0 && { analyses }),
    model: isFew && chance.happens(0.6, 'model', at) ? models.few : models.some,
    layout: chance.pick(['root', 'root', 'staged', 'auto'], 'layout', at),
    ...(chance.happens(0.5, 'other retries', at) && { retries: chance.pick([0, 2], 'retries', at) }),
    ...(chance.happens(0.1, 'minimum', at) && { belowMinimum: 'fail' }),
  };
}
