import type { RemovalKind } from '../../../lambdas/shared/domain/clean-up.ts';
import { numberText } from '../../../lambdas/shared/text/amounts.ts';
import { plainLine } from '../../../lambdas/shared/text/plain-text.ts';
import type { RemovedObjects } from '../aws/remove-objects.ts';
import type { CleanUpSummary } from './invoke-clean-up.ts';

const names: Readonly<Record<RemovalKind, string>> = {
  inputs: 'inputs of jobs',
  unknownInputs: 'inputs without a job',
  copies: 'copies of media and inputs of staged jobs',
  outputs: 'outputs',
  runs: 'files of runs',
  oldInputs: 'files in the old input folder',
  uploads: 'unfinished uploads',
  versions: 'hidden versions',
};

/** A clean-up as text: what was or would be removed, what stays and why, what failed. */
export function cleanLines(bucket: string, summary: CleanUpSummary & { results?: RemovedObjects }): string {
  const { dryRun, removed, kept, failures, unlisted, results } = summary;
  const counts = [
    ...Object.entries(names).map(([kind, name]) => ({ name, count: countOf(removed, kind) })),
    ...(results ? [{ name: 'results', count: results.removed }] : []),
  ].filter(({ count }) => count > 0);
  const verb = dryRun ? 'would remove' : 'removed';
  const failed = [...failures, ...(results?.failures ?? [])];
  const lines = [
    ...(counts.length === 0 ? [`${bucket}: nothing to remove`] : []),
    ...counts.map(({ name, count }) => `${verb} ${numberText(count)} ${name}`),
    ...kept.map(({ key, reason }) => `kept ${plainLine(key)}: ${plainLine(reason)}`),
    ...more('kept', unlisted.kept),
    ...failed.map(({ key, reason }) => `failed ${plainLine(key)}: ${plainLine(reason)}`),
    ...more('failed', unlisted.failures),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

function countOf(removed: CleanUpSummary['removed'], kind: string): number {
  return Object.entries(removed).find(([name]) => name === kind)?.[1] ?? 0;
}

function more(what: string, count: number): string[] {
  return count === 0 ? [] : [`${what} ${numberText(count)} more, not listed`];
}
