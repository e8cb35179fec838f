import type { Job } from '../shared/domain/job/job.ts';
import { type KeyPrefixes, ledgerKey, resultsListKey } from '../shared/domain/keys.ts';
import type { KnownPrice } from '../shared/domain/model/cost.ts';
import type { Attempt } from '../shared/domain/plan/plan.ts';
import type { MediaStore } from '../shared/domain/ports/media-store.ts';
import { type RecordCounts, type SubmittedEntry, submittedEntrySchema } from '../shared/domain/record/ledger.ts';
import { batchUsdOf, csvHeader, csvRowOf, type ResultsListLine } from '../shared/domain/run/results-list.ts';
import { coveringParts, type ListFormat, listFormats } from '../shared/domain/run/results-list-parts.ts';

/** A run whose results list is written. */
export interface ListedRun {
  runId: string;
  attempts: readonly Attempt[];
  /** Jobs of all attempts, each with its ledger. */
  jobs: readonly Job[];
  /** The totals of the run's ledger. */
  records: RecordCounts;
  price: KnownPrice;
}

type Store = Pick<MediaStore, 'concatenate' | 'listObjects' | 'readLines'>;

const contentTypes: Record<ListFormat, string> = { ndjson: 'application/x-ndjson', csv: 'text/csv; charset=utf-8' };

/**
 * Writes the results list of a run, for programs and for spreadsheets: first the parts that its jobs wrote, copied on
 * the server, then the unanswered records of its ledger. A repeat writes the same.
 *
 * @returns false, without a list, if answers would be missing from it
 */
export async function writeRunLists(run: ListedRun, store: Store, prefixes: KeyPrefixes): Promise<boolean> {
  for (const format of listFormats) {
    const parts = await partsOf(run.jobs, format, store, prefixes);
    if (parts === undefined) return false;
    const header = format === 'csv' ? [{ text: csvHeader }] : [];
    const rest = { lines: unanswered(run, format, store, prefixes) };
    const key = resultsListKey(prefixes, run.runId, format);
    await store.concatenate(key, [...header, ...parts, rest], contentTypes[format]);
  }
  return true;
}

async function partsOf(
  jobs: readonly Job[],
  format: ListFormat,
  store: Store,
  prefixes: KeyPrefixes,
): Promise<{ key: string; bytes: number }[] | undefined> {
  const all: { key: string; bytes: number }[] = [];
  for (const { runId, jobName, collected } of jobs) {
    const { outputLines = 0 } = collected ?? {};
    const parts = await coveringParts({ runId, jobName, outputLines }, format, store, prefixes);
    if (parts === undefined) return undefined;
    all.push(...parts);
  }
  return all;
}

async function* unanswered(
  run: ListedRun,
  format: ListFormat,
  store: Store,
  prefixes: KeyPrefixes,
): AsyncGenerator<string> {
  for await (const line of unansweredLines(run, store, prefixes)) {
    yield format === 'csv' ? csvRowOf(line) : JSON.stringify(line);
  }
}

/** Yields the records without an answer, as lines of the results list. */
export async function* unansweredLines(
  { runId, attempts, records, price }: Omit<ListedRun, 'jobs'>,
  store: Pick<MediaStore, 'readLines'>,
  prefixes: KeyPrefixes,
): AsyncGenerator<ResultsListLine> {
  if (records.succeeded === records.submitted) return;
  // Only the plan has the name of a job that is not in the table.
  const names = new Map(attempts.flatMap(({ jobs }) => jobs.map(({ jobHash, jobName }) => [jobHash, jobName])));
  for await (const text of store.readLines(ledgerKey(prefixes, runId))) {
    const entry = submittedEntrySchema.parse(JSON.parse(text));
    if (entry.outcome !== 'succeeded') yield lineOf(entry, names, price);
  }
}

function lineOf(
  { earlier = [], truncatedAtTokens: _truncatedAtTokens, retryable: _retryable, ...entry }: SubmittedEntry,
  names: ReadonlyMap<string, string>,
  price: KnownPrice,
): ResultsListLine {
  const { recordId } = entry;
  const cameBack = [entry, ...earlier].some(({ inputTokens }) => inputTokens !== undefined);
  const batchUsd = cameBack ? batchUsdOf(price, entry, earlier) : undefined;
  const jobName = names.get(recordId.slice(0, recordId.lastIndexOf('-'))) ?? '';
  return { ...entry, batchUsd, jobName };
}
