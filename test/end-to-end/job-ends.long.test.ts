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
  async function run(name: ScenarioName, layout: 'root' | 'staged' = 'root') {
    const analyses = ['a', 'b', 'c', 'd', 'e'].map((letter) => ({ name: letter, prompt: `Question ${letter}?` }));
    const media = { prefixes: ['proxies/'] };
    const ended = await stack.run({ name, media, analyses, layout, timeoutHours: 24, retries: 0 });
    return { ended, ledger: await stack.ledger(ended.runId) };
  }

  async function outcomeInBucket(runId: string): Promise<{ records: object; status: string; reason: string }> {
    return JSON.parse(await stack.readText(`nova/batch/runs/${runId}/outcome.json`));
  }

  it.each([
    ['partial', 'staged'],
    ['stopped', 'root'],
  ] as const)('salvages what a %s job wrote and names the rest as missing, with layout %s', async (name, layout) => {
    const { ended, ledger } = await run(name, layout);

    const { records, status } = outcomeOf(ended);
    expect(ended.status).toBe('SUCCEEDED');
    expect(status).toBe('PartlySucceeded');
    expect(records).toEqual({ submitted: 20, succeeded: 10, failed: 0, missing: 10 });
    expect(ledger).toHaveLength(20);
    expect(ledger.filter(({ outcome, reason }) => outcome === 'missing' && reason !== undefined)).toHaveLength(10);
  });

  it.each([
    ['expired', 'staged', 'expired before it began'],
    ['failed', 'root', 'The model was not available.'],
  ] as const)(
    'fails a run whose only job %s, with layout %s, with the reason, and keeps all records in the ledger',
    async (name, layout, reason) => {
      const { ended, ledger } = await run(name, layout);

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

    const { jobs, records, status } = outcomeOf(ended);
    expect([status, jobs.map((job) => job.status)]).toEqual(['PartlySucceeded', ['Completed']]);
    expect(records).toEqual({ submitted: 20, succeeded: 10, failed: 0, missing: 10 });
    const missing = ledger.filter(({ outcome }) => outcome === 'missing');
    expect(missing.map(({ reason }) => reason)).toEqual(
      Array(10).fill(expect.stringContaining('completed without an answer')),
    );
  });

  it('keeps the error of a failed record, whose output line has no modelOutput, in the ledger', async () => {
    const { ended, ledger } = await run('errors');

    const [output = ''] = (await stack.keys('nova/batch/output/errors-')).filter((key) => key.endsWith('.jsonl.out'));
    const lines = (await stack.readText(output)).trim().split('\n');
    expect(lines.filter((line) => !line.includes('modelOutput'))).toHaveLength(5);
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
