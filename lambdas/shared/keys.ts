import { createHash } from 'node:crypto';
import { maxKeyBytes } from './limits.ts';

/** Where this project's own objects lie in the media bucket; settings, each ending in a slash. */
export interface KeyPrefixes {
  outputPrefix: string;
  runsPrefix: string;
  resultsPrefix: string;
}

/** Where earlier versions kept a job's input; nothing writes there any more, and clean-up empties it. */
export const oldInputPrefix = 'nova/batch/input/';

/** Names under which a job's input stands at the root: only these are ever ours, and only by the table. */
export const inputKeyPattern = /^batch_input_([a-zA-Z0-9][a-zA-Z0-9.-]{0,62})\.jsonl$/;

/** `batch_input_{jobName}.jsonl`, at the root of the bucket. */
export function inputKeyOf(jobName: string): string {
  return `batch_input_${jobName}.jsonl`;
}

/** `nova/batch/output/{jobName}/` */
export function jobOutputPrefix(prefixes: KeyPrefixes, jobName: string): string {
  return `${prefixes.outputPrefix}${jobName}/`;
}

/** The folder of everything that a run writes about itself. Nothing in it ends in `.jsonl`: a root job would run it. */
export function runFolder(prefixes: KeyPrefixes, runId: string): string {
  return `${prefixes.runsPrefix}${runId}/`;
}

/** The plan of a run: request, analyses, jobs. */
export function planKey(prefixes: KeyPrefixes, runId: string): string {
  return `${runFolder(prefixes, runId)}plan.json`;
}

/** A job's records, one line each, in the order of their numbers. */
export function manifestKey(prefixes: KeyPrefixes, runId: string, jobName: string): string {
  return `${runFolder(prefixes, runId)}jobs/${jobName}.records.ndjson`;
}

/** What became of a job's records, one line each. */
export function ledgerKey(prefixes: KeyPrefixes, runId: string, jobName: string): string {
  return `${ledgerFolder(prefixes, runId)}${jobName}.ndjson`;
}

/** The ledger of a run: one file per job and one for what was skipped. */
export function ledgerFolder(prefixes: KeyPrefixes, runId: string): string {
  return `${runFolder(prefixes, runId)}ledger/`;
}

/** Media that the plan left out, one line each with the reason. */
export function skippedKey(prefixes: KeyPrefixes, runId: string): string {
  return `${ledgerFolder(prefixes, runId)}skipped.ndjson`;
}

/** The outcome of a run, with all of its jobs. */
export function outcomeKey(prefixes: KeyPrefixes, runId: string): string {
  return `${runFolder(prefixes, runId)}outcome.json`;
}

/** The latest result for one media and one analysis; a key that S3 would find too long is hashed. */
export function resultKey(prefixes: KeyPrefixes, analysis: string, mediaKey: string): string {
  const key = `${prefixes.resultsPrefix}${analysis}/${mediaKey}.json`;
  if (Buffer.byteLength(key) <= maxKeyBytes) return key;
  return `${prefixes.resultsPrefix}${analysis}/${createHash('sha256').update(mediaKey).digest('hex')}.json`;
}

/** Whether a key is this project's own, so that it is never taken for media. */
export function isOwnKey(prefixes: KeyPrefixes, key: string): boolean {
  return [prefixes.outputPrefix, prefixes.runsPrefix, prefixes.resultsPrefix, 'nova/batch/'].some((prefix) =>
    key.startsWith(prefix),
  );
}
