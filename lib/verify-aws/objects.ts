import {
  CopyObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectVersionsCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { z } from 'zod';
import type { VerifyRecord } from './records.ts';

/** The prefixes of everything that is created in a bucket. */
export const ownPrefixes = [
  'verify-aws/',
  'batch_input_verify-aws-',
  'nova/batch/output/verify-aws-',
  'nova/batch/runs/verify-aws-',
  'nova/batch/results/summary/verify-aws/',
] as const;

/** A subset of an output line: https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-results.html */
const outputLineSchema = z.object({ recordId: z.string(), error: z.object({ errorMessage: z.string() }).optional() });

/** The outcome of a record. */
export type RecordOutcome = { word: 'answered' | 'missing' } | { word: 'refused'; message: string };

/** The operations of questions on the objects of a bucket. */
export type Objects = ReturnType<typeof objectsOf>;

/** The objects of a bucket, through a client. */
export function objectsOf(s3: S3Client, bucket: string) {
  async function put(key: string, body: string | Uint8Array, contentType?: string): Promise<void> {
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: body, ContentType: contentType }));
  }
  async function keys(prefix: string): Promise<string[]> {
    const found: string[] = [];
    for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, { Bucket: bucket, Prefix: prefix })) {
      found.push(...Contents.flatMap(({ Key }) => Key ?? []));
    }
    return found;
  }

  return {
    put,
    keys,
    putRecords: (key: string, records: readonly VerifyRecord[]) =>
      put(key, records.map((record) => `${JSON.stringify(record)}\n`).join('')),

    async copy(from: string, to: string): Promise<void> {
      await s3.send(new CopyObjectCommand({ Bucket: bucket, Key: to, CopySource: `${bucket}/${from}` }));
    },

    /** The outcomes of a job's records, from the outputs under its prefix. */
    async outcomes(prefix: string): Promise<{ count: number; of(recordId: string): RecordOutcome }> {
      const outputs = (await keys(prefix)).filter((key) => key.endsWith('.jsonl.out'));
      const texts = outputs.map(async (Key) => {
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
        return Body?.transformToString() ?? '';
      });
      const lines = (await Promise.all(texts)).flatMap((text) => text.split('\n')).filter((line) => line !== '');
      const read = lines.map((line) => outputLineSchema.parse(JSON.parse(line)));
      const byId = new Map(read.map(({ recordId, error }) => [recordId, { error }]));
      return {
        count: byId.size,
        of(recordId) {
          const line = byId.get(recordId);
          if (line === undefined) return { word: 'missing' };
          return line.error ? { word: 'refused', message: line.error.errorMessage } : { word: 'answered' };
        },
      };
    },

    /** Removes every version of the objects under a prefix. */
    async remove(prefix: string): Promise<void> {
      for (;;) {
        const list = new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix });
        const { Versions = [], DeleteMarkers = [] } = await s3.send(list);
        const Objects = [...Versions, ...DeleteMarkers].map(({ Key, VersionId }) => ({ Key, VersionId }));
        if (Objects.length === 0) return;
        const { Errors } = await s3.send(
          new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }),
        );
        if (Errors?.[0])
          throw new Error(`${Errors[0].Key} could not be removed: ${Errors[0].Code} ${Errors[0].Message}`);
      }
    },
  };
}
