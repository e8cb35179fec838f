import { namesText } from '../../text/amounts.ts';
import { inputKeyPattern } from '../keys.ts';
import type { MediaStore } from '../ports/media-store.ts';
import type { RunTable } from '../ports/run-table.ts';
import type { JobReference } from '../state.ts';
import type { Job } from './job.ts';

/** Metadata on a job's input and copies that name its run and job. */
export const inputMetadata = { run: 'media-batch-run', job: 'media-batch-job' } as const;

/** Returns the metadata of a job's input and copies. The run's name is encoded, because metadata take ASCII only. */
export function metadataOf({ runId, jobName }: JobReference): Record<string, string> {
  return { [inputMetadata.run]: encodeURIComponent(runId), [inputMetadata.job]: jobName };
}

/** Returns the run that an object's metadata name; undefined where they name none of ours. */
export function runIdIn(metadata: Readonly<Record<string, string>> | undefined): string | undefined {
  return decoded(metadata?.[inputMetadata.run]) || undefined;
}

/** A `.jsonl` in the bucket, with its job if it is an input of ours. */
export interface FoundInput {
  key: string;
  job?: Job;
}

/** The result of a scan, and how far it got. */
export interface FolderScan {
  inputs: FoundInput[];
  totalBytes: number;
  /** The last scanned key; a further scan continues after it. */
  lastKey?: string;
  isComplete: boolean;
}

/**
 * Scans the whole bucket for what a root job would run: any `.jsonl`, in any case. An input is ours by the table and
 * the object's metadata, never by its name alone. Sums up the bytes, because everything under a job's folder counts
 * toward its size. Stops early when `isTimeUp` says so, after at least one key.
 */
export async function scanFolder(
  store: Pick<MediaStore, 'listObjects' | 'headObject'>,
  table: Pick<RunTable, 'findJob'>,
  { startAfter, isTimeUp = () => false }: { startAfter?: string; isTimeUp?: () => boolean } = {},
): Promise<FolderScan> {
  const scan: FolderScan = { inputs: [], totalBytes: 0, lastKey: startAfter, isComplete: false };
  for await (const { key, bytes } of store.listObjects('', startAfter)) {
    if (scan.lastKey !== startAfter && isTimeUp()) return scan;
    scan.totalBytes += bytes;
    const job = /\.jsonl$/i.test(key) ? await ownerOf(key, store, table) : 'gone';
    if (job !== 'gone') scan.inputs.push({ key, job });
    scan.lastKey = key;
  }
  return { ...scan, isComplete: true };
}

/** Returns the job whose input a listed key is; undefined where it is not ours, `gone` where it was removed since. */
export async function ownerOf(
  key: string,
  store: Pick<MediaStore, 'headObject'>,
  table: Pick<RunTable, 'findJob'>,
): Promise<Job | 'gone' | undefined> {
  const jobName = inputKeyPattern.exec(key)?.[1];
  if (jobName === undefined) return undefined;
  const head = await store.headObject(key);
  if (head === undefined) return 'gone';
  const runId = runIdIn(head.metadata);
  if (runId === undefined) return undefined;
  const job = await table.findJob({ runId, jobName });
  return job?.batchInputS3Key === key ? job : undefined;
}

/** Decodes what we encoded; undefined for anything else, such as `%`. */
function decoded(text: string | undefined): string | undefined {
  try {
    return text && decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** Says that foreign `.jsonl` are in the bucket, naming the first few. */
export function foreignInputsSentence(bucket: string, keys: readonly string[]): string {
  const names = keys.map((key) => JSON.stringify(key));
  return (
    `Bucket ${bucket} has ${namesText(names, 3)}, which a job over the bucket's root would run and bill; expected no ` +
    'other .jsonl in it: move it to another bucket or rename it, for example to .ndjson.'
  );
}
