import { namesText } from '../../text/amounts.ts';
import { inputKeyPattern } from '../keys.ts';
import type { MediaStore } from '../ports/media-store.ts';
import type { RunTable } from '../ports/run-table.ts';
import type { JobReference } from '../state.ts';
import type { Job } from './job.ts';

/** Metadata on a job's input, and on its copies of media, that say whose they are. */
export const inputMetadata = { run: 'media-batch-run', job: 'media-batch-job' } as const;

/** The metadata of what a job writes for Bedrock; the run's name is encoded, because metadata take ASCII only. */
export function metadataOf({ runId, jobName }: JobReference): Record<string, string> {
  return { [inputMetadata.run]: encodeURIComponent(runId), [inputMetadata.job]: jobName };
}

/** The run that an object's metadata name; undefined where they name none of ours. */
export function runIdIn(metadata: Readonly<Record<string, string>> | undefined): string | undefined {
  return decoded(metadata?.[inputMetadata.run]) || undefined;
}

/** A `.jsonl` in the bucket, with the job of ours that it is the input of, if it is one. */
export interface FoundInput {
  key: string;
  job?: Job;
}

/** What a look through a bucket found, and how far it came. */
export interface FolderScan {
  inputs: FoundInput[];
  totalBytes: number;
  /** The last key that was looked at; a further look goes on behind it. */
  lastKey?: string;
  isComplete: boolean;
}

/**
 * Looks through the whole bucket, every page, for what a root job would run: any `.jsonl` (in any case, to be strict). An
 * input is ours by the table and the object's metadata, never by its name alone. Also sums up the bytes, because everything
 * under its folder counts toward a job's size. Where `isTimeUp` says so it stops early, at the earliest behind one key.
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

/** The job whose input a listed key is; undefined where it is not ours, `gone` where a job has removed it since the listing. */
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

/** What we encoded; undefined for anything that somebody else wrote there, such as `%`. */
function decoded(text: string | undefined): string | undefined {
  try {
    return text && decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** The sentence about foreign `.jsonl`, naming the first few. */
export function foreignInputsSentence(bucket: string, foreignInputs: readonly FoundInput[]): string {
  const keys = foreignInputs.map(({ key }) => JSON.stringify(key));
  return (
    `Bucket ${bucket} has ${namesText(keys, 3)}, which a job over the bucket's root would run and bill; expected no ` +
    'other .jsonl in it: move it to another bucket or rename it, for example to .ndjson.'
  );
}
