import type { Job, Waiting } from '../../../lambdas/shared/domain/job/job.ts';
import type { Run } from '../../../lambdas/shared/domain/run/run.ts';
import { bytesText, countText, usdText } from '../../../lambdas/shared/text/amounts.ts';

const words: Partial<Record<Job['status'], string>> = {
  Planned: 'planned',
  Waiting: 'waits for its turn in the folder',
  Prepared: 'input written',
};

/** The state of a job as text: what it waits for, or its status with its counts. */
export function jobText(
  job: Pick<Job, 'status' | 'counters' | 'paddingRecords' | 'waiting' | 'batchJobArn' | 'collected'>,
): string {
  const { counters, paddingRecords } = job;
  const wait = waitOf(job);
  if (wait !== undefined) return waitText(wait);
  const text = words[job.status] ?? job.status;
  if (counters === undefined || counters.total === 0) return text;
  const padding = paddingRecords > 0 ? ` (${paddingRecords} of them padding)` : '';
  return `${text} ${counters.processed}/${counters.total}${padding}`;
}

/** What a job waits for; undefined once it was submitted or is over. */
export function waitOf({
  waiting,
  batchJobArn,
  collected,
}: Pick<Job, 'waiting' | 'batchJobArn' | 'collected'>): Waiting | undefined {
  return batchJobArn === undefined && collected === undefined ? waiting : undefined;
}

/** What a job waits for, as text. */
export function waitText({ for: what, since, owner, ahead = 0, idleSince }: Waiting): string {
  const text = what === 'root' ? 'waits for the root of the bucket' : 'waits for a free job slot of the model';
  const who = owner && `run ${owner.runId} has it with job ${owner.jobName} since ${owner.since}`;
  const queue = ahead > 0 ? `${countText(ahead, 'job')} before it` : undefined;
  const quota =
    idleSince && 'no job of the account is open, so its quota may be 0: see "The first hour" in docs/operations.md';
  const more = [who, queue, quota].filter((part) => part !== undefined).join(', ');
  return `${text} since ${since}${more === '' ? '' : ` (${more})`}`;
}

/** The plan of an attempt, as lines. */
export function planLines(planned: NonNullable<Run['planned']>): string[] {
  const { attempt, records, jobs, layout, layoutReason, stagedBytes, stagedUsd, longestHours, estimate } = planned;
  const what =
    attempt === 1
      ? `plan: ${countText(records, 'record')}`
      : `attempt ${attempt}: ${countText(records, 'record')} again`;
  const hours = countText(Math.ceil(longestHours), 'hour');
  const lines = [
    `${what} in ${countText(jobs, 'job')}, layout ${layout} (${layoutReason}), ${hours} at most once its jobs start`,
  ];
  if (stagedBytes > 0) lines.push(`copies first: ${bytesText(stagedBytes)}, about ${usdText(stagedUsd)}`);
  if (estimate) lines.push(`estimate: about ${usdText(estimate.totalUsd)}, at most ${usdText(estimate.atMostUsd)}`);
  return lines;
}
