import { DeleteObjectsCommand, paginateListObjectsV2 } from '@aws-sdk/client-s3';
import { cleanUpOutputSchema } from '../../../lambdas/clean-up/clean-up.ts';
import { prefixes } from '../../support/factories.ts';
import type { MeasuredStep } from '../step.ts';
import { upTo } from './given.ts';

const dayMs = 24 * 60 * 60 * 1000;
const retentionDays = 30;

/** Of ten objects one is past its age. */
const oneOf = 10;

/** Cleaning up what jobs have answered, of which a tenth is past its age. */
export const cleanUp: MeasuredStep = {
  load: () => import('../../../lambdas/clean-up/handler.ts'),
  limit: 1.2,
  floor: 'the bare listing and DeleteObjects calls',
  sizes: [10_000, 100_000, 1_000_000],
  quickSizes: [2_000],
  *objects({ size }) {
    const now = Date.now();
    for (const number of upTo(size)) {
      const modified = now - (number % oneOf === 0 ? 2 * retentionDays * dayMs : dayMs);
      const job = String(Math.floor(number / 1000)).padStart(4, '0');
      const key = `${prefixes.outputPrefix}job-${job}/abcdefghijkl/part-${String(number).padStart(7, '0')}.jsonl.out`;
      yield { key, bytes: 1000, etag: number.toString(16).padStart(32, '0'), modified };
    }
  },
  seedTable: async () => {},
  event: () => ({}),
  isDone(answer, { size }) {
    const { checkpoint, removed } = cleanUpOutputSchema.parse(answer);
    return checkpoint === undefined && removed.outputs === size / oneOf;
  },

  prepareFloor:
    async ({ bucket }, { s3 }) =>
    async () => {
      const oldestMs = Date.now() - retentionDays * dayMs;
      let old: { Key: string | undefined }[] = [];
      for await (const { Contents = [] } of paginateListObjectsV2(
        { client: s3 },
        { Bucket: bucket, Prefix: prefixes.outputPrefix },
      )) {
        for (const { Key, LastModified } of Contents) if (Number(LastModified) < oldestMs) old.push({ Key });
        if (old.length < 1000) continue;
        await s3.send(
          new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: old.splice(0, 1000), Quiet: true } }),
        );
      }
      if (old.length > 0) {
        await s3.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: old, Quiet: true } }));
      }
      old = [];
    },

  leastCalls: ({ size }) => ({ 's3 LIST': Math.ceil(size / 1000), 's3 POST': Math.ceil(size / oneOf / 1000) }),
};
