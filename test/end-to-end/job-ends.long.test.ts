import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type LocalStack, outcomeOf, startLocalStack } from '../support/local-stack.ts';
import { smallJobs } from '../support/small-jobs.ts';

/** How a job goes, by the name of its run. */
const scenarios = {
  partial: { end: 'PartiallyCompleted' },
  stopped: { end: 'Stopped' },
  expired: { end: 'Expired' },
  failed: { end: 'Failed', message: 'The model was not available.' },
  missing: { records: [{ every: 2, does: 'missing' }] },
  errors: { records: [{ every: 4, does: 'fail', errorCode: 429, errorMessage: 'Too many requests.' }] },
  doubled: {
    records: [
      { every: 3, does: 'double' },
      { every: 5, does: 'foreign' },
    ],
  },
  cut: { records: [{ every: 1, does: 'truncate' }] },
} as const;
type ScenarioName = keyof typeof scenarios;

const isScenario = (name: string): name is ScenarioName => name in scenarios;

describe('the ends of a job', () => {
  let stack: LocalStack;

  beforeAll(async () => {
    stack = await startLocalStack({
      // In a day a recovery would run a hundred times and find nothing.
      ...smallJobs({ minRecordsPerJob: 20 }),
      scenario: ({ jobName }) => {
        const name = jobName.replace(/-[0-9a-f]{10}-1$/, '');
        return isScenario(name) ? scenarios[name] : {};
      },
    });
    await stack.putClips();
  });
  afterAll(() => stack.close());

  /** Runs four proxies with five questions each: 20 records, no padding. */
  async function run(name: ScenarioName) {
    const analyses = ['a', 'b', 'c', 'd', 'e'].map((letter) => ({ name: letter, prompt: `Question ${letter}?` }));
    const ended = await stack.run({ name, media: { prefixes: ['proxies/'] }, analyses, timeoutHours: 24, retries: 0 });
    return { ended, ledger: await stack.ledger(ended.runId) };
  }

  async function outcomeInBucket(runId: string): Promise<{ records: object; status: string; reason: string }> {
    return JSON.parse(await stack.readText(`nova/batch/runs/${runId}/outcome.json`));
  }

  it.each(['partial', 'stopped'] as const)(
    'salvages what a %s job wrote and names the rest as missing',
    async (name) => {
      const { ended, ledger } = await run(name);

      const { records, status } = outcomeOf(ended);
      expect(ended.status).toBe('SUCCEEDED');
      expect(status).toBe('PartlySucceeded');
      expect(records).toEqual({ submitted: 20, succeeded: 10, failed: 0, missing: 10 });
      expect(ledger).toHaveLength(20);
      expect(ledger.filter(({ outcome, reason }) => outcome === 'missing' && reason !== undefined)).toHaveLength(10);
    },
  );

  it.each([
    ['expired', 'expired before it began'],
    ['failed', 'The model was not available.'],
  ] as const)(
    'fails a run whose only job %s, with the reason, and keeps all records in the ledger',
    async (name, reason) => {
      const { ended, ledger } = await run(name);

      expect(ended).toMatchObject({ status: 'FAILED', error: 'RunFailed' });
      expect(ended.cause).toContain('0 of 20 records succeeded');
      expect(ledger).toHaveLength(20);
      expect(ledger.every((entry) => entry.outcome === 'missing' && entry.reason?.includes(reason))).toBe(true);
      expect(await outcomeInBucket(ended.runId)).toMatchObject({
        status: 'Failed',
        records: { submitted: 20, succeeded: 0, failed: 0, missing: 20 },
      });
    },
  );

  it('counts records that a completed job did not answer as missing', async () => {
    const { ended, ledger } = await run('missing');

    expect(outcomeOf(ended).records).toEqual({ submitted: 20, succeeded: 10, failed: 0, missing: 10 });
    expect(ledger.find(({ outcome }) => outcome === 'missing')?.reason).toContain('completed without an answer');
  });

  it('keeps the error of a failed record in the ledger', async () => {
    const { ended, ledger } = await run('errors');

    expect(outcomeOf(ended).records).toEqual({ submitted: 20, succeeded: 15, failed: 5, missing: 0 });
    expect(ledger.find(({ outcome }) => outcome === 'failed')?.reason).toBe('429: Too many requests.');
  });

  it('counts a record that is answered twice once, and sets foreign lines aside', async () => {
    const { ended, ledger } = await run('doubled');

    expect(outcomeOf(ended).records).toEqual({ submitted: 20, succeeded: 20, failed: 0, missing: 0 });
    expect(ledger).toHaveLength(20);
  });

  it('takes no truncated answer for a good one', async () => {
    const { ended, ledger } = await run('cut');

    expect(ended).toMatchObject({ status: 'FAILED', error: 'RunFailed' });
    expect(ledger.every((entry) => entry.outcome === 'failed' && entry.reason?.includes('maxTokens'))).toBe(true);
  });

  it('leaves no input at the root and no lock, whatever the end was', async () => {
    expect(await stack.inputs()).toEqual([]);
    const outcome = outcomeOf(await stack.run({ media: { keys: ['proxies/C0126_33938_720p15.MP4'] } }));
    expect(outcome.status).toBe('Succeeded');
  });
});
