import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import {
  batchUsdOf,
  csvHeader,
  csvRowOf,
  type ResultsListLine,
} from '../../../../../lambdas/shared/domain/run/results-list.ts';

const line: ResultsListLine = {
  key: 'proxies/=1.mp4',
  analysis: 'shots',
  outcome: 'succeeded',
  recordId: 'abcdef012345-000001',
  jobName: 'nightly-1',
};

const read = (...lines: ResultsListLine[]): Record<string, string>[] =>
  parse(`${csvHeader}${lines.map((one) => `${csvRowOf(one)}\n`).join('')}`, { columns: true, bom: true });

describe('the list of a run for spreadsheets', () => {
  it('begins with what tells Excel that it is UTF-8, and has a column for each thing that people look for', () => {
    const answered: ResultsListLine = {
      ...line,
      ...{
        columns: { colour: 'red' },
        text: 'Ein Hünd 🐕',
        json: { a: 1 },
        repaired: true,
        schemaErrors: ['One.', 'Two.'],
      },
      ...{ stopReason: 'end_turn', inputTokens: 7, outputTokens: 3, batchUsd: 0.0000042, resultUri: 's3://b/r.json' },
    };

    expect(csvHeader.startsWith('\uFEFFkey,')).toBe(true);
    expect(read(answered)).toEqual([
      {
        ...{
          key: 'proxies/=1.mp4',
          analysis: 'shots',
          columns: '{"colour":"red"}',
          outcome: 'succeeded',
          text: 'Ein Hünd 🐕',
        },
        ...{ json: '{"a":1}', repaired: 'yes', schemaErrors: 'One. Two.', reason: '', stopReason: 'end_turn' },
        ...{
          inputTokens: '7',
          outputTokens: '3',
          batchUsd: '0.0000042',
          recordId: line.recordId,
          jobName: 'nightly-1',
        },
        resultUri: 's3://b/r.json',
      },
    ]);
  });

  it('has empty cells where there is nothing, and the JSON that is null', () => {
    expect(read(line, { ...line, json: null })).toMatchObject([{ text: '', json: '' }, { json: 'null' }]);
  });

  it('has JSON without a semicolon, at which spreadsheets in much of Europe split, and it is the same JSON', () => {
    const json = { a: 'x;=1+1', 'b;': [1, -2] };

    const [{ json: cell = '' } = {}] = read({ ...line, json });

    expect(cell).not.toContain(';');
    expect(JSON.parse(cell)).toEqual(json);
  });
});

describe('what a record cost', () => {
  it('is told without the noise of binary fractions', () => {
    expect(batchUsdOf({ input: 0.1, output: 0.2, source: 's' }, { inputTokens: 1, outputTokens: 1 })).toBe(0.00015);
  });

  it('is unknown, never 0, where nobody knows the price', () => {
    expect(batchUsdOf('unknown', { inputTokens: 1, outputTokens: 1 })).toBe('unknown');
  });
});
