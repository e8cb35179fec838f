import { describe, expect, it } from 'vitest';
import { costOfRun } from '../../../lambdas/report-run/cost-of-run.ts';
import type { Collected } from '../../../lambdas/shared/domain/job/collected.ts';
import type { Job } from '../../../lambdas/shared/domain/job/job.ts';
import { priceOf } from '../../../lambdas/shared/domain/model/models.ts';
import { aJob } from '../../support/factories.ts';

const price = priceOf('us.amazon.nova-lite-v1:0');
const million = 1_000_000;
const foreignInput = { error: 'ForeignInput', reason: 'a foreignInput’s .jsonl' };

function job(tokens: Partial<Collected>, overrides: Partial<Job> = {}): Job {
  const records = { submitted: 1, succeeded: 1, failed: 0, missing: 0 };
  const counts = { skipped: 0, retryable: 0, duplicateLines: 0, foreignLines: 0, foreignFiles: [] };
  const usage = { inputTokens: 2 * million, outputTokens: 100_000, outputLines: 1 };
  return aJob({ ...overrides, collected: { ledgerKey: 'l', records, ...counts, ...usage, ...tokens } });
}

describe('the cost of a run', () => {
  it('is that of all of its jobs, of whichever attempt', () => {
    expect(costOfRun([job({}), job({}, { attempt: 2 })], price)).toEqual({
      inputTokens: 4 * million,
      outputTokens: 200_000,
      batchUsd: 0.144,
      onDemandUsd: 0.288,
    });
  });

  it('is nothing when nothing was sent, even of a model whose price nobody knows', () => {
    expect(costOfRun([aJob()], 'unknown')).toMatchObject({ batchUsd: 0, onDemandUsd: 0 });
    expect(costOfRun([], 'unknown')).toMatchObject({ batchUsd: 0, onDemandUsd: 0 });
  });

  it('is unknown, never 0, when the price is', () => {
    expect(costOfRun([job({})], 'unknown')).toMatchObject({
      batchUsd: 'unknown',
      onDemandUsd: 'unknown',
    });
  });
});

describe('the cost of foreign records', () => {
  const billed = { inputTokens: 3 * million, outputTokens: 100_000 };

  it.each([
    ['the job was stopped for them', job({ billed }, { failure: foreignInput })],
    ['their outputs lie beside ours', job({ billed, foreignFiles: ['stray.jsonl.out'] })],
  ])('is what Bedrock counts beyond our own where %s', (_, shared) => {
    expect(costOfRun([job({}), shared], price)).toMatchObject({ inputTokens: 4 * million, foreignUsd: 0.03 });
  });

  it('is not told of a run without a trace of them, though Bedrock counts more than it wrote', () => {
    expect(costOfRun([job({ billed })], price).foreignUsd).toBeUndefined();
  });

  it('is never below 0', () => {
    const less = { inputTokens: 0, outputTokens: 0 };

    expect(costOfRun([job({ billed: less }, { failure: foreignInput })], price)).toMatchObject({ foreignUsd: 0 });
  });

  it('is unknown where Bedrock left no count', () => {
    expect(costOfRun([job({}, { failure: foreignInput })], price)).toMatchObject({ foreignUsd: 'unknown' });
  });
});

describe('the cost of an analysis', () => {
  it('is that of its tokens, and what is left of the total is padding', () => {
    const usage = { inputTokens: million, outputTokens: 100_000 };

    expect(costOfRun([job({})], price, new Map([['shots', usage]])).byAnalysis).toEqual({
      shots: { ...usage, batchUsd: 0.042, onDemandUsd: 0.084 },
    });
  });

  it('is unknown where the price is, and nothing where nothing came back', () => {
    const usage = new Map([
      ['shots', { inputTokens: 1, outputTokens: 0 }],
      ['summary', { inputTokens: 0, outputTokens: 0 }],
    ]);

    expect(costOfRun([job({})], 'unknown', usage).byAnalysis).toMatchObject({
      shots: { batchUsd: 'unknown', onDemandUsd: 'unknown' },
      summary: { batchUsd: 0, onDemandUsd: 0 },
    });
  });
});

describe("what Bedrock's totals of a job have that its records do not", () => {
  const more = { inputTokens: 3 * million, outputTokens: 100_000 };
  const less = { inputTokens: million, outputTokens: 100_000 };
  const same = { inputTokens: 2 * million, outputTokens: 100_000 };

  it.each([
    ['more', [job({ billed: more })], { jobs: 1, inputTokens: million, outputTokens: 0, batchUsd: 0.03 }],
    ['less', [job({ billed: less })], { jobs: 1, inputTokens: -million, outputTokens: 0, batchUsd: -0.03 }],
    ['as much in all, but not in each', [job({ billed: more }), job({ billed: less })], { jobs: 2, inputTokens: 0 }],
    ['more in one of two', [job({ billed: same }), job({ billed: more })], { jobs: 1, inputTokens: million }],
  ])('is said: %s', (_, jobs, expected) => {
    expect(costOfRun(jobs, price).unaccounted).toMatchObject(expected);
  });

  it.each([
    ['they agree', job({ billed: same })],
    ['it left none', job({})],
    ['foreignInputs account for it', job({ billed: more }, { failure: foreignInput })],
    ['foreignInputs may account for it', job({ billed: more, foreignFiles: ['stray.jsonl.out'] })],
    ['the job was never collected', aJob()],
  ])('is nothing where %s', (_, one) => {
    expect(costOfRun([one], price).unaccounted).toBeUndefined();
  });

  it('costs nobody knows how much where nobody knows the price', () => {
    expect(costOfRun([job({ billed: more })], 'unknown').unaccounted).toMatchObject({ batchUsd: 'unknown' });
  });
});
