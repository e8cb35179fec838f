import { GetObjectCommand, paginateListObjectsV2, type S3Client, S3ServiceException } from '@aws-sdk/client-s3';
import { z } from 'zod';
import { parseJson } from '../json.ts';
import type { Quotas } from './models.ts';

/** A line of a JSONL file: https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-data.html */
export const recordSchema = z.object({
  recordId: z.string().optional(),
  modelInput: z.record(z.string(), z.unknown()),
});

/** The files of a job's input. */
export interface JobInput {
  bucket: string;
  /** The prefix that media in prompts must have; undefined when the input is a file. */
  folderUri?: string;
  /** `name` is the key within the folder. */
  files: { key: string; name: string }[];
  recordCount: number;
}

/** Splits `s3://bucket/key`; the key may be empty. */
export function parseS3Uri(uri: string): { bucket: string; key: string } {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/?(.*)$/.exec(uri) ?? [];
  return { bucket, key };
}

/**
 * Checks what Bedrock checks while a job is Validating; `modelInput` is not looked into.
 * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetModelInvocationJob.html
 *
 * @throws an Error whose message becomes the job's
 */
export async function validateInput(s3: S3Client, uri: string, quotas: Quotas): Promise<JobInput> {
  const { bucket, key } = parseS3Uri(uri);
  // The strict reading: without the trailing slash it is a file.
  const isFolder = uri.endsWith('/');
  const folderLength = isFolder ? key.length : key.lastIndexOf('/') + 1;
  const files: JobInput['files'] = [];
  let jobBytes = 0;
  for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: key })) {
    for (const { Key = '', Size = 0 } of Contents) {
      if (!isFolder && Key !== key) continue;
      // Media count too: "Bedrock Batch API validates the total size of the InputDataConfig S3 location. If the
      // bucket/folder exceeds 5GB, batch submission fails." https://github.com/AAKevin8450/aquaticartists-video
      jobBytes += Size;
      // Nested ones as well: an older batch-inference-data says so, UNVERIFIED today.
      if (!Key.endsWith('.jsonl')) continue;
      refuseOver(quotas.maxFileBytes, Size, `bytes in ${Key}`);
      files.push({ key: Key, name: Key.slice(folderLength) });
    }
  }
  if (files.length === 0) throw new Error(`No .jsonl file was found at ${uri}`);
  // The words are those of too few records; what Bedrock says of too many bytes is UNVERIFIED.
  refuseOver(quotas.maxJobBytes, jobBytes, 'bytes, media included,');
  let recordCount = 0;
  for (const { key } of files) {
    let line = 0;
    for await (const text of readLines(s3, bucket, key)) {
      line += 1;
      if (!recordSchema.safeParse(parseJson(text)).success) throw new Error(`Line ${line} of ${key} is malformed`);
      refuseOver(quotas.maxRecordsPerFile, line, `records in ${key}`);
    }
    recordCount += line;
    refuseOver(quotas.maxRecordsPerJob, recordCount, 'records');
  }
  if (recordCount < quotas.minRecordsPerJob) {
    throw new Error(
      `Batch job contains less records (${recordCount}) than the required minimum of: ${quotas.minRecordsPerJob}`,
    );
  }
  return { bucket, folderUri: isFolder ? uri : undefined, files, recordCount };
}

const partBytes = 8 * 1024 ** 2;

/**
 * Reads the lines of an object as they are taken. In parts: a job takes its lines over hours, and no time passes on a
 * fast clock while a response is under way.
 */
export async function* readLines(s3: S3Client, Bucket: string, Key: string): AsyncGenerator<string> {
  // That other bytes than UTF-8, or a byte order mark, are refused is UNVERIFIED: the strict side.
  const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
  let rest = '';
  let length = partBytes;
  for (let start = 0; length === partBytes; start += partBytes) {
    const Range = `bytes=${start}-${start + partBytes - 1}`;
    const part = await s3.send(new GetObjectCommand({ Bucket, Key, Range })).catch((error) => {
      // The last part ended with the object, or the object is empty.
      if (error instanceof S3ServiceException && error.name === 'InvalidRange') return undefined;
      throw error;
    });
    const bytes = (await part?.Body?.transformToByteArray()) ?? new Uint8Array();
    length = bytes.length;
    rest += decoder.decode(bytes, { stream: length === partBytes });
    const lines = rest.split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

function refuseOver(maximum: number, actual: number, what: string): void {
  if (actual > maximum) throw new Error(`Batch job contains more ${what} (${actual}) than the maximum of: ${maximum}`);
}
