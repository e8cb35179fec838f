import { hash } from 'node:crypto';
import type { Layout } from './job/job.ts';
import { maxKeyBytes } from './limits.ts';
import { extensionOf } from './media/media.ts';

/** Where this project's own objects lie in the media bucket; settings, each ending in a slash. */
export interface KeyPrefixes {
  outputPrefix: string;
  runsPrefix: string;
  resultsPrefix: string;
  stagingPrefix: string;
}

/** Where earlier versions kept a job's input; nothing writes there any more, and clean-up empties it. */
export const oldInputPrefix = 'nova/batch/input/';

/** Names under which a job's input stands at the root: only these are ever ours, and only by the table. */
export const inputKeyPattern = /^batch_input_([a-zA-Z0-9][a-zA-Z0-9.-]{0,62})\.jsonl$/;

/** A staged job's folder in the staging bucket: its input and its copies, and nothing else. */
export function stagedFolderOf(jobName: string): string {
  return `${jobName}/`;
}

/** `batch_input_{jobName}.jsonl`: at the root of the media bucket, or in the job's folder of the staging bucket. */
export function inputKeyOf(jobName: string, layout: Layout): string {
  const filename = `batch_input_${jobName}.jsonl`;
  return layout === 'root' ? filename : `${stagedFolderOf(jobName)}${filename}`;
}

/** Where a job's copies of media lie, in the bucket of its input. */
export function copiesPrefixOf(prefixes: KeyPrefixes, jobName: string, layout: Layout): string {
  return layout === 'root' ? `${prefixes.stagingPrefix}${jobName}/` : `${stagedFolderOf(jobName)}media/`;
}

const copyHashLength = 32;

/** The key of a copy: safe for Bedrock whatever the original is called, and the same for every record of the same media. */
export function copyKeyOf(copiesPrefix: string, mediaKey: string): string {
  return `${copiesPrefix}${hash('sha256', mediaKey).slice(0, copyHashLength)}.${extensionOf(mediaKey)}`;
}

/** Characters of `copyKeyOf` with the same. */
export function copyKeyLength(copiesPrefix: string, mediaKey: string): number {
  return copiesPrefix.length + copyHashLength + '.'.length + extensionOf(mediaKey).length;
}

/** `nova/batch/output/{jobName}/` */
export function jobOutputPrefix(prefixes: KeyPrefixes, jobName: string): string {
  return `${prefixes.outputPrefix}${jobName}/`;
}

/** The folder of everything that a run writes about itself. Nothing in it ends in `.jsonl`: a root job would run it. */
export function runFolder(prefixes: Pick<KeyPrefixes, 'runsPrefix'>, runId: string): string {
  return `${prefixes.runsPrefix}${runId}/`;
}

/** The plan of a run: request, analyses and the first attempt. Written once. */
export function planKey(prefixes: KeyPrefixes, runId: string): string {
  return `${runFolder(prefixes, runId)}plan.json`;
}

/** A further attempt of a run, from 2. Written once. */
export function attemptKey(prefixes: KeyPrefixes, runId: string, attempt: number): string {
  return `${runFolder(prefixes, runId)}attempts/${attempt}.json`;
}

/** The records of an attempt, one line each. Whoever plans has a list of their own; the attempt names the one that counts. */
export function attemptRecordsKey(prefixes: KeyPrefixes, runId: string, attempt: number, planner: string): string {
  return `${runFolder(prefixes, runId)}attempts/${attempt}-${planner}.records.ndjson`;
}

/** What the plan of the first attempt skips, one line each; like its records, every planner has a list of their own. */
export function attemptSkippedKey(prefixes: KeyPrefixes, runId: string, planner: string): string {
  return `${runFolder(prefixes, runId)}attempts/1-${planner}.skipped.ndjson`;
}

/** Where planning an attempt goes on; every turn writes one of its own. */
export function attemptCheckpointKey(prefixes: KeyPrefixes, runId: string, attempt: number, planner: string): string {
  return `${runFolder(prefixes, runId)}attempts/${attempt}-${planner}.checkpoint.json`;
}

/**
 * What became of a job's records: a line for each of its attempt's list, in that order, or for those only that a turn of
 * `Prepare job` did not send. Each writer has its own.
 */
export function jobLedgerKey(
  prefixes: KeyPrefixes,
  runId: string,
  jobName: string,
  writer: 'collected' | 'unanswered' | `prepared-${string}`,
): string {
  return `${runFolder(prefixes, runId)}jobs/${jobName}.ledger-${writer}.ndjson`;
}

/** Output lines of a job that answer no record of ours, set aside. */
export function foreignLinesKey(prefixes: KeyPrefixes, runId: string, jobName: string): string {
  return `${runFolder(prefixes, runId)}jobs/${jobName}.foreign.ndjson`;
}

/** The parts of a job's answers in the list of its run. */
export function resultsListPartsPrefix(prefixes: KeyPrefixes, runId: string, jobName: string): string {
  return `${runFolder(prefixes, runId)}jobs/${jobName}.list/`;
}

/** The list of all submitted records of a run with their answers, for programs and for spreadsheets. */
export function resultsListKey(prefixes: KeyPrefixes, runId: string, format: 'ndjson' | 'csv'): string {
  return `${runFolder(prefixes, runId)}results.${format}`;
}

/** The ledger of a run: its submitted records and what was skipped. */
export function ledgerFolder(prefixes: KeyPrefixes, runId: string): string {
  return `${runFolder(prefixes, runId)}ledger/`;
}

/** What became of every submitted record of a run in the end. */
export function ledgerKey(prefixes: KeyPrefixes, runId: string): string {
  return `${ledgerFolder(prefixes, runId)}records.ndjson`;
}

/** What the plan skipped, media or single analyses of them. */
export function skippedKey(prefixes: KeyPrefixes, runId: string): string {
  return `${ledgerFolder(prefixes, runId)}skipped.ndjson`;
}

/** Planned records that were skipped when they were to be sent, because another run had them by then. */
export function skippedLaterKey(prefixes: KeyPrefixes, runId: string): string {
  return `${ledgerFolder(prefixes, runId)}skipped-later.ndjson`;
}

/** The outcome of a run, with all of its jobs. */
export function outcomeKey(prefixes: Pick<KeyPrefixes, 'runsPrefix'>, runId: string): string {
  return `${runFolder(prefixes, runId)}outcome.json`;
}

/** The page about a run, for people. */
export function reportKey(prefixes: KeyPrefixes, runId: string): string {
  return `${runFolder(prefixes, runId)}report.html`;
}

/**
 * The latest result for one media and one analysis, and one `variant` of it where a run asks several; a key that S3 would find too
 * long is hashed.
 */
export function resultKey(
  { resultsPrefix }: Pick<KeyPrefixes, 'resultsPrefix'>,
  analysis: string,
  mediaKey: string,
  variant?: string,
): string {
  const ending = variant === undefined ? '.json' : `.${variant}.json`;
  const key = `${resultsPrefix}${analysis}/${mediaKey}${ending}`;
  if (Buffer.byteLength(key) <= maxKeyBytes) return key;
  return `${resultsPrefix}${analysis}/${hash('sha256', mediaKey)}${ending}`;
}

/** Where the sentence stands that says why an uploaded request was refused: beside it. */
export function requestErrorKey(requestKey: string): string {
  return `${requestKey}.error.txt`;
}

/** Whether a key is this project's own, so that it is never taken for media. */
export function isOwnKey(prefixes: KeyPrefixes, key: string): boolean {
  return [...Object.values(prefixes), 'nova/batch/'].some((prefix) => key.startsWith(prefix));
}

/** Bucket and key of an `s3://` URI; undefined where it is none. */
export function parseS3Uri(uri: string): { bucket: string; key: string } | undefined {
  const [, bucket, key = ''] = /^s3:\/\/([^/]*)\/?(.*)$/s.exec(uri) ?? [];
  return bucket === undefined ? undefined : { bucket, key };
}
