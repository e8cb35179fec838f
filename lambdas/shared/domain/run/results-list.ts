import * as z from 'zod';
import { type Cell, csvRow } from '../../text/csv-row.ts';
import { addUsage, costOf, type KnownPrice, noTokens, type TokenUsage, usdSchema } from '../model/pricing.ts';
import { type EarlierAttempt, submittedEntrySchema } from '../record/ledger.ts';

/** A submitted record in the list of its run: its answer, or why there is none. One line of `results.ndjson`. */
export const resultsListLineSchema = z.object({
  ...submittedEntrySchema.pick({ key: true, analysis: true, variant: true, columns: true, outcome: true }).shape,
  text: z.string().optional(),
  /** Where the analysis has a schema. */
  json: z.unknown().optional(),
  repaired: z.boolean().optional(),
  schemaErrors: z.array(z.string()).optional(),
  /** Why there is no answer. */
  reason: z.string().optional(),
  stopReason: z.string().optional(),
  inputTokens: z.int().optional(),
  outputTokens: z.int().optional(),
  /** Of all sendings; absent where nothing came back of any. */
  batchUsd: usdSchema.optional(),
  recordId: z.string(),
  jobName: z.string(),
  /** The object with the result; absent for records that came finished, and where there is none. */
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
const columns: readonly (readonly [name: string, cellOf: (line: ResultsListLine) => Cell])[] = [
  ['key', ({ key }) => key],
  ['analysis', ({ analysis }) => analysis],
  ['columns', ({ columns: values }) => values && jsonCell(values)],
  ['outcome', ({ outcome }) => outcome],
  ['text', ({ text }) => text],
  ['json', ({ json }) => (json === undefined ? undefined : jsonCell(json))],
  ['repaired', ({ repaired }) => (repaired ? 'yes' : undefined)],
  ['schemaErrors', ({ schemaErrors }) => schemaErrors?.join(' ')],
  ['reason', ({ reason }) => reason],
  ['stopReason', ({ stopReason }) => stopReason],
  ['inputTokens', ({ inputTokens }) => inputTokens],
  ['outputTokens', ({ outputTokens }) => outputTokens],
  ['batchUsd', ({ batchUsd }) => batchUsd],
  ['recordId', ({ recordId }) => recordId],
  ['jobName', ({ jobName }) => jobName],
  ['resultUri', ({ resultUri }) => resultUri],
];

/** Excel takes UTF-8 for what it is only behind a byte order mark; programs have `results.ndjson`. */
const byteOrderMark = '\uFEFF';

/** How `results.csv` begins. */
export const csvHeader = `${byteOrderMark}${csvRow(columns.map(([name]) => name))}\n`;

/** A line as a row of `results.csv`. */
export function csvRowOf(line: ResultsListLine): string {
  return csvRow(columns.map(([, cellOf]) => cellOf(line)));
}

/** JSON in which no semicolon stands, which is what spreadsheets in much of Europe split at; it is the same JSON. */
function jsonCell(json: unknown): string {
  return JSON.stringify(json).replaceAll(';', '\\u003b');
}
