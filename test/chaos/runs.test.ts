import { describe, expect, it } from 'vitest';
import {
  attemptCheckpointKey,
  attemptKey,
  attemptRecordsKey,
  attemptSkippedKey,
  planKey,
} from '../../lambdas/shared/domain/keys.ts';
import { aAttempt, aJob, aPlan, aPlannedRecord, prefixes } from '../support/factories.ts';
import { readRuns } from './runs.ts';

/** One run in the table, and these objects in the bucket. */
function written(contents: Record<string, string>) {
  const objects = new Map(Object.keys(contents).map((key) => [key, { key, etag: '', bytes: 0 }]));
  const text = async (key: string) => contents[key] ?? '';
  return { items: [{ sk: 'RUN', runId: 'run-1', status: 'Running' }], objects, text, lines: async () => [] };
}

/** An attempt of one record as it is written down, the first one in its plan. */
function planned(attempt: number): Record<string, string> {
  const recordsKey = attemptRecordsKey(prefixes, 'run-1', attempt, 'planner-1');
  const list = `${JSON.stringify(aPlannedRecord(attempt))}\n`;
  const job = aJob({ attempt, jobHash: `hash-${attempt}`, recordsKey, recordsBytes: Buffer.byteLength(list) });
  const [key, content] =
    attempt === 1 ? [planKey(prefixes, 'run-1'), aPlan(job)] : [attemptKey(prefixes, 'run-1', attempt), aAttempt(job)];
  return { [recordsKey]: list, [key]: JSON.stringify(content) };
}

/** What a turn of planning leaves, and what a planner leaves whose plan does not count. */
function leftBy(planner: string, attempt: number): Record<string, string> {
  return {
    [attemptCheckpointKey(prefixes, 'run-1', attempt, planner)]: JSON.stringify({ media: 1 }),
    [attemptRecordsKey(prefixes, 'run-1', attempt, planner)]: `${JSON.stringify(aPlannedRecord(9))}\n`,
    [attemptSkippedKey(prefixes, 'run-1', planner)]: '',
  };
}

describe('the runs that chaos judges', () => {
  const threeAttempts = { ...planned(1), ...planned(2), ...planned(3) };

  it('have the records of each attempt that is written down', async () => {
    const [run] = await readRuns(written(threeAttempts));

    expect(run?.asks.map(({ attempt, recordId }) => [attempt, recordId])).toEqual([
      [1, 'hash-1-000001'],
      [2, 'hash-2-000001'],
      [3, 'hash-3-000001'],
    ]);
  });

  it.each([1, 2, 3])('have no others where planning attempt %i took several turns', async (attempt) => {
    const [run] = await readRuns(
      written({ ...threeAttempts, ...leftBy('planner-2', attempt), ...leftBy('2', attempt) }),
    );

    expect(run?.asks.map((ask) => ask.attempt)).toEqual([1, 2, 3]);
  });

  it('have none where a turn of planning is all there is', async () => {
    const [run] = await readRuns(written(leftBy('planner-1', 1)));

    expect(run).toMatchObject({ asks: [], outcome: undefined });
  });
});
