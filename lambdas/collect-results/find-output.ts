import * as z from 'zod';
import type { Collected } from '../shared/domain/job/collected.ts';
import type { Job } from '../shared/domain/job/job.ts';
import { filenameOf } from '../shared/domain/media/media.ts';
import type { MediaStore } from '../shared/domain/ports/media-store.ts';

/** What Bedrock wrote for a job. */
export interface FoundOutput {
  /** The output of our own input. */
  ours?: string;
  /** Outputs of other inputs, at most the first 20. */
  foreign: string[];
  billed?: Collected['billed'];
}

/** The totals of a job: https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-results.html */
const manifestSchema = z.object({ inputTokenCount: z.int().min(0), outputTokenCount: z.int().min(0) });

const maxForeignFiles = 20;

/**
 * Lists everything under a job's output prefix. Whether Bedrock mirrors folders of the input there is UNVERIFIED, so no
 * key is computed: ours is the file with our name, and of several the outermost, because our input is outermost in its
 * folder.
 */
export async function findOutput(
  job: Pick<Job, 'batchJobArn' | 'batchInputS3Key' | 'batchOutputS3Prefix'>,
  store: Pick<MediaStore, 'listObjects' | 'readJson'>,
): Promise<FoundOutput> {
  const found: FoundOutput = { foreign: [] };
  if (job.batchJobArn === undefined) return found;
  const ourName = `${filenameOf(job.batchInputS3Key)}.out`;
  const setAside = (key: string) => {
    if (found.foreign.length < maxForeignFiles) found.foreign.push(key);
  };
  for await (const { key } of store.listObjects(job.batchOutputS3Prefix)) {
    const name = filenameOf(key);
    if (name === 'manifest.json.out') found.billed ??= await readManifest(key, store);
    if (!name.endsWith('.jsonl.out')) continue;
    if (name !== ourName) setAside(key);
    else if (found.ours === undefined) found.ours = key;
    else if (depthOf(key) < depthOf(found.ours)) {
      setAside(found.ours);
      found.ours = key;
    } else setAside(key);
  }
  return found;
}

function depthOf(key: string): number {
  return key.split('/').length;
}

async function readManifest(key: string, store: Pick<MediaStore, 'readJson'>): Promise<FoundOutput['billed']> {
  const manifest = await store.readJson(key).catch((error: unknown) => {
    // The results do not depend on it, whatever is in it.
    if (error instanceof SyntaxError) return undefined;
    throw error;
  });
  const { data } = manifestSchema.safeParse(manifest);
  return data && { inputTokens: data.inputTokenCount, outputTokens: data.outputTokenCount };
}
