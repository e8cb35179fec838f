import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { csvRow, maxCellLength } from '../../../../lambdas/shared/text/csv-row.ts';
import { seededRandom } from '../../../support/seeded-random.ts';

/** The cells that a reader of CSV finds in a row, split at the comma as we write it or as somebody else would. */
const cellsOf = (row: string, options: object = {}): string[][] =>
  parse(row, { relax_column_count: true, relax_quotes: true, ...options });

const formula = /^\s*[=+\-@＝＋－＠]/;

describe('a row for a spreadsheet', () => {
  it.each(['a', 'a,b', 'He said "no"', 'two\nlines', 'ü 🎬 \u2028', "'quoted'", 'a=b', 'a - b', '5'])(
    'has %j as it is',
    (text) => {
      expect(cellsOf(csvRow([text, 'x']))).toEqual([[text, 'x']]);
    },
  );

  it.each([
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '\n=1',
    '  =1',
    '\u00a0=1',
    '＝1',
    '＋1',
    '－1',
    '＠1',
    '=cmd|"/C calc"!A0',
    '-2+3+cmd|" /C calc"!A0',
  ])('has no formula in it: %j', (text) => {
    const [[cell = ''] = []] = cellsOf(csvRow([text, 'x']));

    expect(cell).not.toMatch(formula);
    expect(cell.replaceAll("'", '')).toBe(text);
  });

  it('has numbers as numbers, the negative ones too, and nothing where there is nothing', () => {
    expect(csvRow([-5, 0.0000042, 1e-9, undefined, 0, ''])).toBe('-5,0.0000042,1e-9,,0,');
  });

  it('has no formula either where it is split at another character, or without regard to quotes', () => {
    const text = 'x";=1+1\n=2\t=3|=4\r=5;@6\n- item';

    const row = csvRow(['a', text, 'b']);

    for (const options of [
      { delimiter: ';' },
      { delimiter: '\t' },
      { delimiter: '|' },
      { delimiter: ';', quote: null },
    ]) {
      for (const cell of cellsOf(row, options).flat()) expect(cell).not.toMatch(formula);
    }
  });

  it('has no formula behind quotes or spaces of such a cell, which some readers drop', () => {
    for (const cell of csvRow(['a', 'x;"=1; =2;" "=3\n  =4|""@5', 'b']).split(/[;|\n]/)) {
      expect(cell).not.toMatch(/^["\s]*[=@]/);
    }
  });

  it('cuts a text that Excel would spill over other cells, and no character in half', () => {
    const [[cell = ''] = []] = cellsOf(csvRow(['🎬'.repeat(maxCellLength)]));

    expect(cell.length).toBeLessThanOrEqual(32_767);
    expect(cell).toMatch(/^(?:🎬)+…$/u);
    expect(cellsOf(csvRow([';='.repeat(40_000)]))[0]?.[0]?.length).toBeLessThanOrEqual(32_767);
  });

  it('takes a text of megabytes without delay', () => {
    for (const text of ['\n', ' ', ';=', '"']) expect(csvRow([text.repeat(5_000_000)]).length).toBeLessThan(70_000);
  });

  it('is one row of as many cells, whatever is in them', () => {
    const random = seededRandom(11);
    const pieces = [
      '=',
      '+',
      '-',
      '@',
      '"',
      ',',
      ';',
      '\n',
      '\r',
      '\t',
      '\0',
      '\uD83C',
      "'",
      ' ',
      'a',
      '\uFEFF',
      '＝',
      '|',
    ];
    for (let number = 0; number < 5_000; number++) {
      const text = Array.from({ length: random.below(8) }, () => pieces[random.below(pieces.length)]).join('');

      const rows = cellsOf(Buffer.from(`${csvRow(['key', text, 'end'])}\n`).toString(), { relax_quotes: false });

      if (rows.length !== 1 || rows[0]?.length !== 3) expect.fail(`${JSON.stringify(text)} is ${JSON.stringify(rows)}`);
      if (formula.test(rows[0][1] ?? '')) expect.fail(`${JSON.stringify(text)} is a formula`);
    }
  });
});
