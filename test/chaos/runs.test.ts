import { describe, expect, it } from 'vitest';
import { planKey, roundKey, roundRecordsKey, roundSkippedKey, roundTurnKey } from '../../lambdas/shared/domain/keys.ts';
import { aJob, aPlan, aPlannedRecord, aRound, prefixes } from '../support/factories.ts';
import { readRuns } from './runs.ts';

/** One run in the table, and these objects in the bucket. */
function written(contents: Record<string, string>) {
  const objects = new Map(Object.keys(contents).map((key) => [key, { key, etag: '', bytes: 0 }]));
  const text = async (key: string) => contents[key] ?? '';
  return { items: [{ sk: 'RUN', runId: 'run-1', status: 'Running' }], objects, text, lines: async () => [] };
}

/** A round of one record as it is written down, the first one in its plan. */
function planned(round: number): Record<string, string> {
  const recordsKey = roundRecordsKey(prefixes, 'run-1', round, 'planner-1');
  const list = `${JSON.stringify(aPlannedRecord(round))}\n`;
  const job = aJob({ round, jobHash: `hash-${round}`, recordsKey, recordsBytes: Buffer.byteLength(list) });
  const [key, content] =
    round === 1 ? [planKey(prefixes, 'run-1'), aPlan(job)] : [roundKey(prefixes, 'run-1', round), aRound(job)];
  return { [recordsKey]: list, [key]: JSON.stringify(content) };
}

/** What a turn of planning leaves, and what a planner leaves whose plan does not count. */
function leftBy(planner: string, round: number): Record<string, string> {
  return {
    [roundTurnKey(prefixes, 'run-1', round, planner)]: JSON.stringify({ reached: { media: 1, records: 1 } }),
    [roundRecordsKey(prefixes, 'run-1', round, planner)]: `${JSON.stringify(aPlannedRecord(9))}\n`,
    [roundSkippedKey(prefixes, 'run-1', planner)]: '',
  };
}

describe('the runs that chaos judges', () => {
  const threeRounds = { ...planned(1), ...planned(2), ...planned(3) };

  it('have the records of each round that is written down', async () => {
    const [run] = await readRuns(written(threeRounds));

    expect(run?.asks.map(({ round, recordId }) => [round, recordId])).toEqual([
      [1, 'hash-1-000001'],
      [2, 'hash-2-000001'],
      [3, 'hash-3-000001'],
    ]);
  });

  it.each([1, 2, 3])('have no others where planning round %i took several turns', async (round) => {
    const [run] = await readRuns(written({ ...threeRounds, ...leftBy('planner-2', round), ...leftBy('2', round) }));

    expect(run?.asks.map((ask) => ask.round)).toEqual([1, 2, 3]);
  });

  it('have none where a turn of planning is all there is', async () => {
    const [run] = await readRuns(written(leftBy('planner-1', 1)));

    expect(run).toMatchObject({ asks: [], outcome: undefined });
  });
});
