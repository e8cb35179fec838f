import { RequestRefused } from '../../shared/domain/errors/errors.ts';
import { type Layout, layoutSchema } from '../../shared/domain/job/job.ts';
import { maxJobsPerAttempt } from '../../shared/domain/limits.ts';
import type { PlannedRecord } from '../../shared/domain/plan/plan.ts';
import { type AttemptContext, jobNameOf } from '../attempt/attempt-context.ts';
import { paddingBytes, recordMeter } from './measure-record.ts';
import { type JobPacker, jobPacker, type PackedJob } from './pack-jobs.ts';

/** Packs records for both layouts side by side, because the layout is decided by all of them. */
export function packRecords(context: AttemptContext) {
  const { quotas, store } = context;
  const measure = recordMeter({
    ...context,
    bucket: store.bucket,
    longestJobName: jobNameOf(context, maxJobsPerAttempt),
  });
  const misfits = new Map<Layout, PlannedRecord>();
  const packers: Record<Layout, JobPacker> = {
    root: jobPacker({ layout: 'root', quotas, paddingBytes }),
    staged: jobPacker({ layout: 'staged', quotas, paddingBytes }),
  };

  return {
    add(record: PlannedRecord, line: string): void {
      const size = measure(record, line);
      for (const layout of layoutSchema.options) {
        if (!misfits.has(layout) && !packers[layout].add(size)) misfits.set(layout, record);
      }
    },

    /**
     * Returns the bytes that the attempt adds to the media bucket if its jobs are at the root.
     *
     * @throws {RequestRefused} where the jobs cannot work
     */
    addedBytes(): number {
      const jobs = packed('root');
      // Root jobs run one at a time, so the bucket holds the input and copies of one job.
      const jobBytes = jobs.map(
        ({ inputBytes, paddingRecords, copies }) => inputBytes + paddingRecords * paddingBytes + copies.bytes,
      );
      const listBytes = jobs.reduce((sum, job) => sum + job.listBytes, 0);
      return listBytes + jobBytes.reduce((most, bytes) => Math.max(most, bytes), 0);
    },

    /** @throws {RequestRefused} where the jobs cannot work */
    jobsOf(layout: Layout): PackedJob[] {
      const jobs = packed(layout);
      refuseBelowMinimum(jobs, context);
      return jobs;
    },
  };

  function packed(layout: Layout): PackedJob[] {
    const misfit = misfits.get(layout);
    if (misfit !== undefined) throw new RequestRefused(misfitSentence(misfit, context));
    return packers[layout].complete();
  }
}

function misfitSentence({ key, analysis }: PlannedRecord, { label, quotas }: AttemptContext): string {
  return (
    `Media ${JSON.stringify(key)} with analysis ${JSON.stringify(analysis)} fits no job of ${label}; expected a record of at most ` +
    `${quotas.maxFileBytes} bytes and a job of at most ${quotas.maxJobBytes} bytes with the media that are copied for it: ` +
    'shorten the prompt, or leave the media out with "exclude".'
  );
}

function refuseBelowMinimum(jobs: readonly PackedJob[], { request, label, quotas }: AttemptContext): void {
  const short = jobs.find(({ paddingRecords }) => paddingRecords > 0);
  if (short === undefined || request.belowMinimum !== 'fail') return;
  const what = jobs.length === 1 ? 'The request' : `Of the ${jobs.length} jobs of the request, one`;
  throw new RequestRefused(
    `${what} has ${short.to - short.from} records and "belowMinimum" is "fail"; a job of ${label} needs at least ` +
      `${quotas.minRecordsPerJob}: add media or analyses, or let the job be padded with "belowMinimum": "pad".`,
  );
}
