import { describe, expect, it } from 'vitest';
import { costOfRun } from '../../../lambdas/report-run/cost-of-run.ts';
import type { Collected, Job } from '../../../lambdas/shared/jobs.ts';
import { aJob } from '../../support/factories.ts';

const modelId = 'us.amazon.nova-lite-v1:0';
const million = 1_000_000;
const stranger = { error: 'StrangerInput', reason: 'a stranger’s .jsonl' };

function job(tokens: Partial<Collected>, overrides: Partial<Job> = {}): Job {
  const records = { submitted: 1, succeeded: 1, failed: 0, missing: 0 };
  const counts = { skipped: 0, retryable: 0, duplicateLines: 0, foreignLines: 0, foreignFiles: [] };
  const usage = { inputTokens: 2 * million, outputTokens: 100_000 };
  return aJob({ ...overrides, collected: { ledgerKey: 'l', records, ...counts, ...usage, ...tokens } });
}

describe('the cost of a run', () => {
  it('is that of all of its jobs, of whichever round', () => {
    expect(costOfRun([job({}), job({}, { round: 2 })], modelId)).toEqual({
      inputTokens: 4 * million,
      outputTokens: 200_000,
      batchUsd: 0.144,
      onDemandUsd: 0.288,
    });
  });

  it('is nothing when nothing was sent, even of a model whose price nobody knows', () => {
    expect(costOfRun([aJob()], 'us.amazon.nova-9-v1:0')).toMatchObject({ batchUsd: 0, onDemandUsd: 0 });
    expect(costOfRun([], undefined)).toMatchObject({ batchUsd: 0, onDemandUsd: 0 });
  });

  it('is unknown, never 0, when the price is', () => {
    expect(costOfRun([job({})], 'us.amazon.nova-9-v1:0')).toMatchObject({
      batchUsd: 'unknown',
      onDemandUsd: 'unknown',
    });
  });
});

describe("the cost of strangers' records", () => {
  const billed = { inputTokens: 3 * million, outputTokens: 100_000 };

  it.each([
    ['the job was stopped for them', job({ billed }, { failure: stranger })],
    ['their outputs lie beside ours', job({ billed, foreignFiles: ['stray.jsonl.out'] })],
  ])('is what Bedrock counts beyond our own where %s', (_, shared) => {
    expect(costOfRun([job({}), shared], modelId)).toMatchObject({ inputTokens: 4 * million, strangersUsd: 0.03 });
  });

  it('is not told of a run without a trace of them, though Bedrock counts more than it wrote', () => {
    expect(costOfRun([job({ billed })], modelId)).not.toHaveProperty('strangersUsd');
  });

  it('is never below 0', () => {
    const less = { inputTokens: 0, outputTokens: 0 };

    expect(costOfRun([job({ billed: less }, { failure: stranger })], modelId)).toMatchObject({ strangersUsd: 0 });
  });

  it('is unknown where Bedrock left no count', () => {
    expect(costOfRun([job({}, { failure: stranger })], modelId)).toMatchObject({ strangersUsd: 'unknown' });
  });
});
