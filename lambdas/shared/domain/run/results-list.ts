import * as z from 'zod';
import { type Cell, csvRow } from '../../text/csv-row.ts';
import { addUsage, costOf, type KnownPrice, noTokens, type TokenUsage } from '../model/cost.ts';
import { type EarlierAttempt, submittedEntrySchema } from '../record/ledger.ts';
import { answerSchema } from '../record/result.ts';

/** A submitted record with its answer, or why it has none: one line of `results.ndjson`. */
export const resultsListLineSchema = z.object({
  ...submittedEntrySchema.pick({ key: true, analysis: true, variant: true, columns: true, outcome: true }).shape,
  ...answerSchema.partial().shape,
  ...submittedEntrySchema.pick({ reason: true, recordId: true }).shape,
  jobName: z.string(),
  /** The object with the result; absent without an answer, and for prebuilt records. */
  resultUri: z.string().optional(),
});
export type ResultsListLine = z.infer<typeof resultsListLineSchema>;

/** Returns the cost of a record with its earlier attempts, rounded to hide binary fractions. */
export function batchUsdOf(
  price: KnownPrice,
  usage: Partial<TokenUsage>,
  earlier: readonly EarlierAttempt[] = [],
): number | 'unknown' {
  const cost = costOf({ price }, [usage, ...earlier].reduce(addUsage, noTokens));
  return cost === undefined ? 'unknown' : Number(cost.batchUsd.toPrecision(12));
}

/** The columns of `results.csv`, the most wanted first. */
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

/** Excel recognises UTF-8 only by a byte order mark; programs read `results.ndjson`. */
const byteOrderMark = '\uFEFF';

/** The first line of `results.csv`. */
export const csvHeader = `${byteOrderMark}${csvRow(csvColumns)}\n`;

/** Returns a line as a row of `results.csv`. */
export function csvRowOf(line: ResultsListLine): string {
  return csvRow(csvColumns.map((column) => cellOf(line, column)));
}

/** Returns equal JSON without semicolons, at which spreadsheets in much of Europe split. */
function jsonCell(json: unknown): string {
  return JSON.stringify(json).replaceAll(';', '\\u003b');
}
