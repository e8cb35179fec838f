import { type KeyPrefixes, ledgerKey, parseS3Uri, resultKey, resultsListKey } from '../../shared/domain/keys.ts';
import type { MediaStore } from '../../shared/domain/ports/media-store.ts';
import { submittedEntrySchema } from '../../shared/domain/record/ledger.ts';
import { type ResultsListLine, resultsListLineSchema } from '../../shared/domain/run/results-list.ts';
import { truncateText } from '../../shared/text/truncate.ts';
import { type ListedRun, unansweredLines } from '../write-lists.ts';
import { readableJson } from './readable-json.ts';

/** Rows of the table of media: so many stay some megabytes, and a person who wants more has the lists. */
export const maxRows = 5000;

/** Characters of an answer, or of a reason, in the table; the result has the whole of it. */
export const maxTextLength = 600;

/** What rows are read from. */
export interface RowsOfRun extends ListedRun {
  bucket: string;
  /** Whether the run has its list; else its ledger says less. */
  isListed: boolean;
}

type Store = Pick<MediaStore, 'readLines'>;

/**
 * The rows of the table, each as JSON that may stand inside of HTML: what has no answer first, then the others in the order of the
 * list. At most `maxRows`, and never more of them in memory than the one at hand.
 */
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

/** As `page.js` reads it; a list, because names of fields would be half of the page. */
function rowOf(line: ResultsListLine, { resultsPrefix }: KeyPrefixes): unknown[] {
  const {
    key,
    analysis,
    outcome,
    columns,
    text = '',
    json,
    reason,
    inputTokens,
    outputTokens,
    batchUsd,
    resultUri,
  } = line;
  const said =
    outcome === 'succeeded' ? (json === undefined ? text : readableJson(json)) : (reason ?? 'no reason was given');
  const place = resultUri === undefined ? undefined : parseS3Uri(resultUri)?.key;
  const name = place?.startsWith(resultsPrefix) ? place.slice(resultsPrefix.length) : undefined;
  const values = Object.entries(columns ?? {}).map(([column, value]) => `${column}: ${value}`);
  return [
    outcomes.indexOf(outcome),
    key,
    analysis,
    truncateText(values.join(', '), maxTextLength),
    truncateText(said, maxTextLength),
    inputTokens ?? null,
    outputTokens ?? null,
    typeof batchUsd === 'number' ? batchUsd : null,
    // Most names follow from the key, and need not be said twice.
    name === `${analysis}/${key}.json` ? 1 : (name ?? 0),
  ];
}

/** JSON that nothing in it can end early: neither the element that it stands in nor, in old browsers, a line. */
export function jsonInHtml(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<\u2028\u2029]/g,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
