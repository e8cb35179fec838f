import { Readable } from 'node:stream';
import { Upload } from '@aws-sdk/lib-storage';
import type { Job } from '../../../lambdas/shared/domain/job/job.ts';
import { mediaRecord, recordIdOf } from '../../../lambdas/shared/domain/record/record.ts';
import { prepareJobOutputSchema } from '../../../lambdas/shared/domain/state.ts';
import type { Lane, MeasuredStep } from '../step.ts';
import {
  callsOfReading,
  callsOfUpload,
  jobNameOf,
  jobOf,
  mediaAt,
  plannedObjects,
  seedJob,
  summary,
  upTo,
} from './given.ts';

const partBytes = 8 * 1024 * 1024;

/** Writing the input of a job at the root whose records are claimed already: how long claims take is measured apart. */
export const prepare: MeasuredStep = {
  load: () => import('../../../lambdas/prepare-job/handler.ts'),
  limit: 1.5,
  floor: 'uploading the same bytes, ready made, with lib-storage',
  sizes: [1_000, 10_000, 100_000],
  repetitions: 5,
  quickSizes: [2_000],
  objects: (lane) => plannedObjects(jobOf(lane)),
  seedTable: (lane, clients) => seedJob(jobOf(lane), clients),
  event: (lane) => ({ ...prepareEvent(lane), checkpoint: { turn: 2, claimed: lane.size, ledgerKeys: [] } }),
  isDone: (answer) => 'next' in prepareJobOutputSchema.parse(answer),

  async prepareFloor(lane, { s3 }) {
    const job = jobOf(lane);
    const input = Buffer.from([...upTo(lane.size)].map((number) => inputLine(job, number)).join(''));
    // In pieces that are at hand, as a file has them.
    const pieces = [...upTo(Math.ceil(input.length / partBytes))].map((at) =>
      input.subarray(at * partBytes, (at + 1) * partBytes),
    );
    return async () => {
      const params = { Bucket: lane.bucket, Key: job.batchInputS3Key, Body: Readable.from(pieces) };
      await new Upload({ client: s3, params, partSize: partBytes, queueSize: 3 }).done();
    };
  },

  leastCalls(lane) {
    const job = jobOf(lane);
    const inputBytes = [...upTo(lane.size)].reduce((sum, number) => sum + Buffer.byteLength(inputLine(job, number)), 0);
    const { put, post } = callsOfUpload(inputBytes);
    return { 's3 GET': 1 + callsOfReading(job.recordsBytes), 's3 LIST': 1, 's3 PUT': put, 's3 POST': post };
  },
};

/** What `Prepare job` is invoked with for the job of a lane. */
export function prepareEvent({ runId }: Pick<Lane, 'runId'>): { runId: string; jobName: string; executionArn: string } {
  const jobName = jobNameOf(runId);
  return { runId, jobName, executionArn: `arn:aws:states:us-east-1:111122223333:execution:Runs/RunJobs:${runId}` };
}

/** A record's line in the input of its job, by its number from 0. */
export function inputLine({ bucket, jobHash }: Pick<Job, 'bucket' | 'jobHash'>, number: number): string {
  const media = mediaAt(number);
  const record = mediaRecord(
    recordIdOf(jobHash, number + 1),
    `s3://${bucket}/${media.key}`,
    media,
    summary,
    'InvokeModel',
  );
  return `${JSON.stringify(record)}\n`;
}
