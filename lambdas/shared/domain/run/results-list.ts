import * as z from 'zod';
import { type Cell, csvRow } from '../../text/csv-row.ts';
import { addUsage, costOf, type KnownPrice, noTokens, type TokenUsage } from '../model/pricing.ts';
import { type EarlierAttempt, submittedEntrySchema } from '../record/ledger.ts';
import { answerSchema } from '../record/result.ts';

/** A submitted record in the list of its run: its answer, or why there is none. One line of `results.ndjson`. */
export const resultsListLineSchema = z.object({
  ...submittedEntrySchema.pick({ key: true, analysis: true, variant: true, columns: true, outcome: true }).shape,
  ...answerSchema.partial().shape,
  ...submittedEntrySchema.pick({ reason: true, recordId: true }).shape,
  jobName: z.string(),
  /** The object with the result; absent where there is no answer, and for prebuilt records. */
  resultUri: z.string().optional(),
});
export type ResultsListLine = z.infer<typeof resultsListLineSchema>;

/** What a record cost with its earlier sendings, without the noise of binary fractions. */
export function batchUsdOf(
  price: KnownPrice,
  usage: Partial<TokenUsage>,
  earlier: readonly EarlierAttempt[] = [],
): number | 'unknown' {
  const cost = costOf({ price }, [usage, ...earlier].reduce(addUsage, noTokens));
  return cost === undefined ? 'unknown' : Number(cost.batchUsd.toPrecision(12));
}

/** Columns of `results.csv`, the most wanted first. */
const csvColumns = [
  ...(['key', 'analysis', 'columns', 'outcome', 'text', 'json', 'repaired', 'schemaErrors', 'reason'] as const),
  ...(['stopReason', 'inputTokens', 'outputTokens', 'batchUsd', 'recordId', 'jobName', 'resultUri'] as const),
];

function cellOf(line: ResultsListLine, column: (typeof csvColumns)[number]): Cell {
  switch (column) {
    case 'columns':
    case 'json':
      return line[column] === undefined ? undefined : jsonCell(line[column]);
    case 'repaired':
      return line.repaired ? 'yes' : undefined;
    case 'schemaErrors':
      return line.schemaErrors?.join(' ');
    default:
      return line[column];
  }
}

/** Excel takes UTF-8 for what it is only behind a byte order mark; programs have `results.ndjson`. */
const byteOrderMark = '\uFEFF';

/** How `results.csv` begins. */
export const csvHeader = `${byteOrderMark}${csvRow(csvColumns)}\n`;

/** A line as a row of `results.csv`. */
export function csvRowOf(line: ResultsListLine): string {
  return csvRow(csvColumns.map((column) => cellOf(line, column)));
}

/** JSON in which no semicolon stands, which is what spreadsheets in much of Europe split at; it is the same JSON. */
function jsonCell(json: unknown): string {
  return JSON.stringify(json).replaceAll(';', '\\u003b');
}
