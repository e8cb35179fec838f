import type { Job } from './jobs.ts';
import { inputKeyPattern } from './keys.ts';
import type { MediaStore } from './media-store.ts';
import type { RunTable } from './run-table.ts';

/** Metadata on a job's input that say whose it is. */
export const inputMetadata = { run: 'media-batch-run', job: 'media-batch-job' } as const;

/** A `.jsonl` in the bucket, with the job of ours that it is the input of, if it is one. */
export interface FoundInput {
  key: string;
  job?: Job;
}

/**
 * Looks through the whole bucket, every page, for what a root job would run: any `.jsonl` (in any case, to be strict). An
 * input is ours by the table and the object's metadata, never by its name alone. Also sums up the bytes, because everything
 * under its folder counts toward a job's size.
 */
export async function surveyFolder(
  store: Pick<MediaStore, 'listObjects' | 'headObject'>,
  table: Pick<RunTable, 'findJob'>,
): Promise<{ inputs: FoundInput[]; totalBytes: number }> {
  const inputs: FoundInput[] = [];
  let totalBytes = 0;
  for await (const object of store.listObjects('')) {
    totalBytes += object.bytes;
    if (/\.jsonl$/i.test(object.key)) inputs.push({ key: object.key, job: await ownerOf(object.key, store, table) });
  }
  return { inputs, totalBytes };
}

/** The job whose input a key is, or undefined where it is not ours. */
export async function ownerOf(
  key: string,
  store: Pick<MediaStore, 'headObject'>,
  table: Pick<RunTable, 'findJob'>,
): Promise<Job | undefined> {
  const jobName = inputKeyPattern.exec(key)?.[1];
  if (jobName === undefined) return undefined;
  const runId = decoded((await store.headObject(key))?.metadata[inputMetadata.run]);
  if (!runId) return undefined;
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

/** The sentence about strangers' `.jsonl`, naming the first few. */
export function strangersSentence(bucket: string, strangers: readonly FoundInput[]): string {
  const names = strangers.slice(0, 3).map(({ key }) => JSON.stringify(key));
  const more = strangers.length > names.length ? ` and ${strangers.length - names.length} more` : '';
  return (
    `Bucket ${bucket} has ${names.join(', ')}${more}, which a job over the bucket's root would run and bill; expected no ` +
    'other .jsonl in it: move it to another bucket or rename it, for example to .ndjson.'
  );
}
