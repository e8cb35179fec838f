import { type KeyPrefixes, ledgerKey, parseS3Uri, resultKey, resultsListKey } from '../../shared/domain/keys.ts';
import type { MediaStore } from '../../shared/domain/ports/media-store.ts';
import { submittedEntrySchema } from '../../shared/domain/record/ledger.ts';
import { type ResultsListLine, resultsListLineSchema } from '../../shared/domain/run/results-list.ts';
import { truncateText } from '../../shared/text/plain-text.ts';
import { type ListedRun, unansweredLines } from '../write-lists.ts';
import { readableJson } from './readable-json.ts';

/** Rows of the table of media: this many have some megabytes, and the lists have all. */
export const maxRows = 5000;

/** Characters of an answer or a reason in the table; the result has the full text. */
export const maxTextLength = 600;

/** The run whose rows are shown. */
export interface RowsOfRun extends ListedRun {
  bucket: string;
  /** Whether the run has its results list; otherwise its ledger, which has less, is read. */
  isListed: boolean;
}

type Store = Pick<MediaStore, 'readLines'>;

/** Yields at most `maxRows` rows as JSON that is safe inside HTML, records without an answer first. */
export async function* pageRows(run: RowsOfRun, store: Store, prefixes: KeyPrefixes): AsyncGenerator<string> {
  let count = 0;
  for await (const line of ranked(run, store, prefixes)) {
    if (count === maxRows) return;
    yield `${count === 0 ? '' : ','}${jsonInHtml(rowOf(line, prefixes))}`;
    count += 1;
  }
}

async function* ranked(run: RowsOfRun, store: Store, prefixes: KeyPrefixes): AsyncGenerator<ResultsListLine> {
  const { runId, records, bucket, isListed } = run;
  if (records.submitted === 0) return;
  yield* unansweredLines(run, store, prefixes);
  if (records.succeeded === 0) return;
  const key = isListed ? resultsListKey(prefixes, runId, 'ndjson') : ledgerKey(prefixes, runId);
  for await (const text of store.readLines(key)) {
    const line: ResultsListLine = isListed ? resultsListLineSchema.parse(JSON.parse(text)) : fromLedger(text);
    if (line.outcome === 'succeeded') yield line;
  }

  function fromLedger(text: string): ResultsListLine {
    const { earlier: _earlier, ...entry } = submittedEntrySchema.parse(JSON.parse(text));
    const resultUri = `s3://${bucket}/${resultKey(prefixes, entry.analysis, entry.key, entry.variant)}`;
    return { ...entry, jobName: '', resultUri };
  }
}

const outcomes = ['succeeded', 'failed', 'missing'] as const;

/** A row as `page.js` reads it; a list, because field names would be half of the page. */
function rowOf(line: ResultsListLine, { resultsPrefix }: KeyPrefixes): unknown[] {
  const { key, analysis, outcome, columns, text = '', json, reason, batchUsd, resultUri } = line;
  const answer =
    outcome === 'succeeded' ? (json === undefined ? text : readableJson(json)) : (reason ?? 'no reason was given');
  const storedAt = resultUri === undefined ? undefined : parseS3Uri(resultUri)?.key;
  const name = storedAt?.startsWith(resultsPrefix) ? storedAt.slice(resultsPrefix.length) : undefined;
  const values = Object.entries(columns ?? {}).map(([column, value]) => `${column}: ${value}`);
  return [
    outcomes.indexOf(outcome),
    key,
    analysis,
    truncateText(values.join(', '), maxTextLength),
    truncateText(answer, maxTextLength),
    line.inputTokens ?? null,
    line.outputTokens ?? null,
    typeof batchUsd === 'number' ? batchUsd : null,
    // 1 if the name follows from the key, as most do.
    name === `${analysis}/${key}.json` ? 1 : (name ?? 0),
  ];
}

/** Returns JSON that cannot end its script element or, in old browsers, its line. */
export function jsonInHtml(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<\u2028\u2029]/g,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
