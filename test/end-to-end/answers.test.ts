import { parse } from 'csv-parse/sync';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resultSchema } from '../../lambdas/shared/domain/record/result.ts';
import { outcomeSchema } from '../../lambdas/shared/domain/run/outcome.ts';
import { type ResultsListLine, resultsListLineSchema } from '../../lambdas/shared/domain/run/results-list.ts';
import { byRun, type ScenariosByRun } from '../support/by-run.ts';
import { sampleClips } from '../support/clips.ts';
import { type LocalStack, outcomeOf, startLocalStack } from '../support/local-stack.ts';
import { expectOneSentence } from '../support/one-sentence.ts';

const scenarios: ScenariosByRun = {
  mixed: () => ({
    records: [
      { every: 9, does: 'fail', errorCode: 400, errorMessage: '=No, said the model.', retryable: false },
      { every: 7, does: 'notJson' },
      { every: 10, does: 'missing' },
    ],
  }),
  again: ({ attempt }) => (attempt === 1 ? { records: [{ every: 2, does: 'truncate' }] } : {}),
};

describe('the answers of a run', () => {
  let stack: LocalStack;

  beforeAll(async () => {
    stack = await startLocalStack({ scenario: byRun(scenarios) });
    await stack.putClips(sampleClips);
  });
  afterAll(() => stack.close());

  const listOf = (runId: string): Promise<ResultsListLine[]> =>
    stack.readLines(`nova/batch/runs/${runId}/results.ndjson`, resultsListLineSchema);

  async function csvOf(runId: string): Promise<Record<string, string>[]> {
    return parse(await stack.readText(`nova/batch/runs/${runId}/results.csv`), { columns: true, bom: true });
  }

  const idsOf = (lines: readonly { recordId?: string }[]) => lines.map(({ recordId }) => recordId).sort();

  it('are checked, priced, and in one list with why others are not there', async () => {
    const analyses = ['summary', { name: 'mood', prompt: 'What is the mood of {{filename}}?' }];
    const request = { name: 'mixed', media: { prefixes: ['proxies/'] }, analyses, retries: 0 };

    const outcome = outcomeOf(await stack.run(request, 'mixed'));

    const [lines, rows, ledger] = [await listOf('mixed'), await csvOf('mixed'), await stack.ledger('mixed')];
    expect(outcome).toMatchObject({
      status: 'PartlySucceeded',
      resultsListUri: `s3://${stack.aws.bucket}/nova/batch/runs/mixed/results.ndjson`,
      resultsCsvUri: `s3://${stack.aws.bucket}/nova/batch/runs/mixed/results.csv`,
    });
    expect(lines).toHaveLength(40);
    expect(idsOf(lines)).toEqual(idsOf(ledger));
    expect(rows.map(({ recordId }) => recordId)).toEqual(lines.map(({ recordId }) => recordId));

    const answered = lines.filter((line) => line.outcome === 'succeeded');
    expect(answered).toHaveLength(outcome.records.succeeded);
    for (const { resultUri = '', ...line } of answered) {
      const place = resultUri.slice(`s3://${stack.aws.bucket}/`.length);
      const result = await stack.readJson(place, resultSchema);
      for (const name of ['text', 'json', 'schemaErrors', 'inputTokens', 'batchUsd', 'recordId', 'jobName'] as const) {
        expect(result[name], name).toEqual(line[name]);
      }
      expect(result).toMatchObject({ media: { key: line.key, etag: expect.stringMatching(/./), kind: 'video' } });
    }
    const invalid = answered.filter(({ schemaErrors }) => schemaErrors !== undefined);
    expect(invalid.every(({ analysis }) => analysis === 'summary')).toBe(true);
    expect(invalid.length).toBeGreaterThan(0);
    expect(outcome.answers).toEqual({ repaired: 0, invalid: invalid.length });

    expect(rows.filter(({ outcome: end }) => end === 'missing').length).toBe(outcome.records.missing);
    const failed = rows.filter(({ outcome: end }) => end === 'failed');
    expect(failed).toHaveLength(outcome.records.failed);
    for (const { reason } of failed) expect(reason).toBe('400: =No, said the model.');
  });

  it('come to what each analysis cost, and what Bedrock counts beyond the records is said', async () => {
    const { cost, jobs } = await stack.readJson('nova/batch/runs/mixed/outcome.json', outcomeSchema);

    const analyses = Object.values(cost.byAnalysis ?? {});
    const inputTokens = analyses.reduce((sum, analysis) => sum + analysis.inputTokens, 0);
    const [{ paddingRecords = 0 } = {}] = jobs;
    expect(analyses).toHaveLength(2);
    // Each line of padding has a few tokens, and nothing else is in the total.
    expect(cost.inputTokens - inputTokens).toBeGreaterThan(0);
    expect(cost.inputTokens - inputTokens).toBeLessThan(10 * paddingRecords);
    const spent = (await listOf('mixed')).reduce(
      (sum, { batchUsd }) => sum + (typeof batchUsd === 'number' ? batchUsd : 0),
      0,
    );
    expect(analyses.reduce((sum, { batchUsd }) => sum + Number(batchUsd), 0)).toBeCloseTo(spent, 9);
    // The local Bedrock counts the tokens of an answer that it then does not write.
    expect(cost.unaccounted).toMatchObject({ jobs: 1, inputTokens: expect.any(Number) });
    expect(cost.unaccounted?.inputTokens).toBeGreaterThan(0);
  });

  it('are in the list once each where a further attempt was needed, with what all of their sendings cost', async () => {
    const analyses = ['a', 'b', 'c', 'd', 'e'].map((letter) => ({ name: letter, prompt: `Question ${letter}?` }));

    const outcome = outcomeOf(await stack.run({ name: 'again', media: { prefixes: ['proxies/'] }, analyses }, 'again'));

    expect(outcome).toMatchObject({ status: 'Succeeded', attempts: 2 });
    const lines = await listOf('again');
    expect(new Set(lines.map(({ key, analysis }) => `${key} ${analysis}`)).size).toBe(100);
    expect(idsOf(lines)).toEqual(idsOf(await stack.ledger('again')));
    expect(await csvOf('again')).toHaveLength(100);
    for (const [name, { batchUsd }] of Object.entries(outcome.cost.byAnalysis ?? {})) {
      const ofAnalysis = lines.filter(({ analysis }) => analysis === name);
      expect(ofAnalysis.reduce((sum, line) => sum + Number(line.batchUsd), 0)).toBeCloseTo(Number(batchUsd), 9);
    }
  });

  it('are not paid for where their schema is none', async () => {
    const analyses = [{ name: 'shots', prompt: 'List the shots.', schema: { type: 'objekt' } }];

    const run = await stack.run({ media: { prefixes: ['proxies/'] }, analyses }, 'no-schema');

    expect(run).toMatchObject({ status: 'FAILED', error: 'RequestRefused' });
    expectOneSentence(run.cause ?? '', 'The schema of analysis "shots" cannot be used');
    expect((await stack.keys('nova/batch/output/')).some((key) => key.includes('no-schema'))).toBe(false);
  });
});
