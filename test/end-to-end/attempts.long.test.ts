import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { byRun, type ScenariosByRun } from '../support/by-run.ts';
import { type LocalStack, outcomeOf, startLocalStack } from '../support/local-stack.ts';
import { smallJobs } from '../support/small-jobs.ts';

const scenarios: ScenariosByRun = {
  throttled: ({ attempt }) =>
    attempt === 1 ? { records: [{ every: 4, does: 'fail', errorCode: 429, errorMessage: 'Slow down.' }] } : {},
  refused: () => ({ records: [{ every: 4, does: 'fail', errorCode: 400, errorMessage: 'No.', retryable: false }] }),
  missing: ({ attempt }) => (attempt === 1 ? { records: [{ every: 2, does: 'missing' }] } : {}),
  expired: ({ attempt }) => (attempt === 1 ? { end: 'Expired' } : {}),
  'half-missing': ({ attempt }) => (attempt < 3 ? { records: [{ every: 2, does: 'missing' }] } : {}),
  'always-throttled': () => ({ records: [{ every: 1, does: 'fail', errorCode: 429 }] }),
  cut: ({ attempt }) => (attempt === 1 ? { records: [{ every: 5, does: 'truncate' }] } : {}),
};

describe('records that failed and may succeed', () => {
  let stack: LocalStack;

  beforeAll(async () => {
    stack = await startLocalStack({ ...smallJobs({ minRecordsPerJob: 4 }), scenario: byRun(scenarios) });
    await stack.putClips();
  });
  afterAll(() => stack.close());

  /** Four proxies with five questions each: 20 records. */
  async function run(name: string, retries?: number) {
    const analyses = ['a', 'b', 'c', 'd', 'e'].map((letter) => ({ name: letter, prompt: `Question ${letter}?` }));
    return stack.run({ name, media: { prefixes: ['proxies/'] }, analyses, retries, timeoutHours: 24 }, name);
  }

  it.each([
    ['throttled', 5],
    ['missing', 10],
    ['expired', 20],
    ['cut', 4],
  ])('are sent once more by themselves, here the %s ones', async (name, again) => {
    const outcome = outcomeOf(await run(name));

    expect(outcome).toMatchObject({ status: 'Succeeded', attempts: 2 });
    expect(outcome.records).toEqual({ submitted: 20, succeeded: 20, failed: 0, missing: 0 });
    expect(outcome.jobs.map(({ records }) => records.submitted)).toEqual([20, again]);
    const ledger = await stack.ledger(name);
    expect(new Set(ledger.map(({ key, analysis }) => `${key} ${analysis}`)).size).toBe(20);
    const sentTwice = ledger.filter(({ earlier = [] }) => earlier.length > 0);
    expect(sentTwice).toHaveLength(again);
    for (const { recordId, earlier = [] } of sentTwice) {
      expect(earlier).toHaveLength(1);
      expect(earlier[0]?.recordId).not.toBe(recordId);
      expect(earlier[0]?.reason).toMatch(/./);
    }
  });

  it('are not sent again where they would only fail again', async () => {
    const outcome = outcomeOf(await run('refused'));

    expect(outcome).toMatchObject({ status: 'PartlySucceeded', attempts: 1 });
    expect(outcome.records).toEqual({ submitted: 20, succeeded: 15, failed: 5, missing: 0 });
    expect(outcome.reasons).toEqual([{ outcome: 'failed', reason: expect.stringContaining('No.'), records: 5 }]);
  });

  it('are sent as often as the request says, and no more', async () => {
    const outcome = outcomeOf(await run('half-missing', 2));

    expect(outcome).toMatchObject({ status: 'Succeeded', attempts: 3 });
    expect(outcome.jobs.map(({ records }) => records.submitted)).toEqual([20, 10, 5]);
    expect(await stack.ledger('half-missing')).toHaveLength(20);
  });

  it('end with the reason of their last attempt', async () => {
    const ended = await run('always-throttled', 1);

    expect(ended).toMatchObject({ status: 'FAILED', error: 'RunFailed' });
    const ledger = await stack.ledger('always-throttled');
    expect(ledger).toHaveLength(20);
    expect(ledger.every(({ outcome, earlier = [] }) => outcome === 'failed' && earlier.length === 1)).toBe(true);
  });
});
