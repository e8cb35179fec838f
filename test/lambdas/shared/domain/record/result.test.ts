import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { resultSchema } from '../../../../../lambdas/shared/domain/record/result.ts';
import { resultsListLineSchema } from '../../../../../lambdas/shared/domain/run/results-list.ts';

const page = readFileSync(join(import.meta.dirname, '../../../../../docs/results.md'), 'utf8');

/** The fields that the page names for a place: `result` or `list`. */
const documented = (place: string) =>
  [...page.matchAll(/^\| `([\w.]+)` \| (result|list|both) \|/gm)]
    .filter(([, , where]) => where === place || where === 'both')
    .map(([, name]) => name)
    .sort();

const { media, ...rest } = resultSchema.shape;

it('the fields of a result are those that the documentation names', () => {
  const fields = [...Object.keys(rest), ...Object.keys(media.shape).map((name) => `media.${name}`)];

  expect(documented('result')).toEqual(fields.sort());
});

it('and so are those of a line of the list of a run', () => {
  expect(documented('list')).toEqual(Object.keys(resultsListLineSchema.shape).sort());
});
