import { hash } from 'node:crypto';
import type { Layout } from './job/job.ts';
import { maxKeyBytes } from './limits.ts';
import { extensionOf } from './media/media.ts';

/** Prefixes of this project's own objects in the media bucket; settings, each ending in a slash. */
export interface KeyPrefixes {
  outputPrefix: string;
  runsPrefix: string;
  resultsPrefix: string;
  stagingPrefix: string;
}

/** Input prefix of the older tool. Clean-up still empties it. */
export const oldInputPrefix = 'nova/batch/input/';

/** Names of a job's input at the root: only these can be ours, and only if the table says so. */
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

/** Returns the prefix of a job's copies, in the bucket of its input. */
export function copiesPrefixOf(prefixes: KeyPrefixes, jobName: string, layout: Layout): string {
  return layout === 'root' ? `${prefixes.stagingPrefix}${jobName}/` : `${stagedFolderOf(jobName)}media/`;
}

const copyHashLength = 32;

/** Returns the key of a copy: safe for Bedrock, and the same for every record of the same media. */
export function copyKeyOf(copiesPrefix: string, mediaKey: string): string {
  return `${copiesPrefix}${hash('sha256', mediaKey).slice(0, copyHashLength)}.${extensionOf(mediaKey)}`;
}

/** Returns the length of `copyKeyOf` for the same arguments. */
export function copyKeyLength(copiesPrefix: string, mediaKey: string): number {
  return copiesPrefix.length + copyHashLength + '.'.length + extensionOf(mediaKey).length;
}

/** `nova/batch/output/{jobName}/` */
export function jobOutputPrefix(prefixes: KeyPrefixes, jobName: string): string {
  return `${prefixes.outputPrefix}${jobName}/`;
}

/** The folder of a run. Nothing in it ends in `.jsonl`, because a root job would run it. */
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

/** The records of an attempt, one line each. Every planner has its own list; the attempt names the valid one. */
export function attemptRecordsKey(prefixes: KeyPrefixes, runId: string, attempt: number, planner: string): string {
  return `${runFolder(prefixes, runId)}attempts/${attempt}-${planner}.records.ndjson`;
}

/** What the plan of the first attempt skips, one line each. Every planner has its own list. */
export function attemptSkippedKey(prefixes: KeyPrefixes, runId: string, planner: string): string {
  return `${runFolder(prefixes, runId)}attempts/1-${planner}.skipped.ndjson`;
}

/** The position where planning an attempt continues; every turn writes its own. */
export function attemptCheckpointKey(prefixes: KeyPrefixes, runId: string, attempt: number, planner: string): string {
  return `${runFolder(prefixes, runId)}attempts/${attempt}-${planner}.checkpoint.json`;
}

/**
 * A ledger of a job's records, in the order of the attempt's list: all of them, or those that a turn of `Prepare job`
 * did not send. Each writer has its own.
 */
export function jobLedgerKey(
  prefixes: KeyPrefixes,
  runId: string,
  jobName: string,
  writer: 'collected' | 'unanswered' | `prepared-${string}`,
): string {
  return `${runFolder(prefixes, runId)}jobs/${jobName}.ledger-${writer}.ndjson`;
}

/** Foreign output lines of a job, set aside. */
export function foreignLinesKey(prefixes: KeyPrefixes, runId: string, jobName: string): string {
  return `${runFolder(prefixes, runId)}jobs/${jobName}.foreign.ndjson`;
}

/** The job's parts of the results list. */
export function resultsListPartsPrefix(prefixes: KeyPrefixes, runId: string, jobName: string): string {
  return `${runFolder(prefixes, runId)}jobs/${jobName}.list/`;
}

/** The results list of a run, for programs or for spreadsheets. */
export function resultsListKey(prefixes: KeyPrefixes, runId: string, format: 'ndjson' | 'csv'): string {
  return `${runFolder(prefixes, runId)}results.${format}`;
}

/** The ledger of a run: submitted records and skipped media. */
export function ledgerFolder(prefixes: KeyPrefixes, runId: string): string {
  return `${runFolder(prefixes, runId)}ledger/`;
}

/** The ledger of every submitted record of a run. */
export function ledgerKey(prefixes: KeyPrefixes, runId: string): string {
  return `${ledgerFolder(prefixes, runId)}records.ndjson`;
}

/** What the plan skipped, media or single analyses of them. */
export function skippedKey(prefixes: KeyPrefixes, runId: string): string {
  return `${ledgerFolder(prefixes, runId)}skipped.ndjson`;
}

/** Planned records that were skipped before sending, because another run had claimed them. */
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
 * Returns the key of the latest result of one media and one analysis, with its `variant` where a run asks several. A
 * key that is too long for S3 is hashed.
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

/** The key of the text beside an uploaded request that says why it was refused. */
export function requestErrorKey(requestKey: string): string {
  return `${requestKey}.error.txt`;
}

/** Says whether a key is this project's own and so never media. */
export function isOwnKey(prefixes: KeyPrefixes, key: string): boolean {
  return [...Object.values(prefixes), 'nova/batch/'].some((prefix) => key.startsWith(prefix));
}

/** Returns bucket and key of an `s3://` URI; undefined where it is none. */
export function parseS3Uri(uri: string): { bucket: string; key: string } | undefined {
  const [, bucket, key = ''] = /^s3:\/\/([^/]*)\/?(.*)$/s.exec(uri) ?? [];
  return bucket === undefined ? undefined : { bucket, key };
}
