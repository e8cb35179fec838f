import { expect, it } from 'vitest';
import { countRun } from '../../../lambdas/report-run/count-run.ts';
import type { RunEnded } from '../../../lambdas/shared/domain/run/run-ended.ts';

const records = { submitted: 9, succeeded: 6, failed: 2, missing: 1 };
const ended: RunEnded = {
  ...{ runId: 'run-1', stackName: 'Films', status: 'PartlySucceeded', outcomeKey: 'outcome.json' },
  ...{ records, cost: { batchUsd: 0.5 } },
};

function counted(overrides: Partial<RunEnded>): Record<string, number> {
  const counts: [string, number][] = [];
  countRun({ ...ended, ...overrides }, { add: (name, value) => void counts.push([name, value]) });
  return Object.fromEntries(counts);
}

const ofRecords = { RecordsSubmitted: 9, RecordsSucceeded: 6, RecordsFailed: 2, RecordsMissing: 1 };

it.each([
  ['Succeeded', 'RunsSucceeded'],
  ['NothingToDo', 'RunsSucceeded'],
  ['PartlySucceeded', 'RunsPartlySucceeded'],
  ['Stopped', 'RunsStopped'],
  ['Refused', 'RunsRefused'],
  ['Failed', 'RunsFailed'],
] as const)('counts a run that is %s as %s, with its records and its cost', (status, name) => {
  expect(counted({ status })).toEqual({ [name]: 1, ...ofRecords, BatchUsd: 0.5 });
});

it('does not count a dry run', () => {
  expect(counted({ status: 'Planned' })).toEqual({});
});

it('counts no cost that is not known: it is not 0', () => {
  expect(counted({ cost: { batchUsd: 'unknown' } })).toEqual({ RunsPartlySucceeded: 1, ...ofRecords });
});
