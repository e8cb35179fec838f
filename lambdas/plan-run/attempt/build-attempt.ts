import { overdueHours } from '../../shared/domain/limits.ts';
import type { Attempt, PlannedJob } from '../../shared/domain/plan/plan.ts';
import type { PackedJob } from '../pack/pack-jobs.ts';
import { stagingOf } from '../pack/staging-cost.ts';
import { type AttemptContext, hashOf, jobNameOf } from './attempt-context.ts';
import type { DecidedLayout } from './decide-layout.ts';
import type { RecordsList } from './records-list.ts';

/** The most staged jobs at the same time: other runs may want slots of the model too. */
const maxJobsAtOnce = 20;

/**
 * Builds the attempt of a list of records: its jobs in a layout.
 *
 * @returns undefined where the list has no record
 * @throws {RequestRefused} where the jobs cannot work
 */
export function buildAttempt(
  { key: recordsKey, jobsOf }: Pick<RecordsList, 'key' | 'jobsOf'>,
  layout: DecidedLayout,
  context: AttemptContext,
): Attempt | undefined {
  const { attempt, quotas, timeoutHours, now } = context;
  const jobs = jobsOf(layout.layout);
  if (jobs.length === 0) return undefined;
  const jobsAtOnce = layout.layout === 'root' ? 1 : Math.min(jobs.length, quotas.maxOpenJobs, maxJobsAtOnce);
  return {
    attempt,
    ...layout,
    recordsKey,
    records: jobs.at(-1)?.to ?? 0,
    jobs: plannedJobs(jobs, context),
    jobsAtOnce,
    staging: stagingOf(jobs, timeoutHours),
    longestHours: Math.ceil(jobs.length / jobsAtOnce) * (timeoutHours + overdueHours),
    plannedAt: new Date(now()).toISOString(),
  };
}

function plannedJobs(jobs: readonly PackedJob[], context: AttemptContext): PlannedJob[] {
  let recordsOffset = 0;
  return jobs.map(({ from, to, listBytes, modelInvocationType, paddingRecords, mediaBytes }, at) => {
    const job = {
      jobName: jobNameOf(context, at + 1),
      jobHash: hashOf(context, context.attempt, at + 1),
      modelInvocationType,
      records: to - from,
      recordsOffset,
      recordsBytes: listBytes,
      paddingRecords,
      mediaBytes,
    };
    recordsOffset += listBytes;
    return job;
  });
}
