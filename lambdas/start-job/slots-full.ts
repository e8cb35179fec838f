import { JobRefused, JobSlotsFull } from '../shared/domain/errors/errors.ts';
import type { Job } from '../shared/domain/job/job.ts';
import { historyWith } from '../shared/domain/job/job-history.ts';
import type { BatchJobs } from '../shared/domain/ports/batch-jobs.ts';
import type { RunTable } from '../shared/domain/ports/run-table.ts';

export interface SlotsFullDependencies {
  table: Pick<RunTable, 'updateUnmadeJob'>;
  bedrock: Pick<BatchJobs, 'hasOpenJobs'>;
  now(): number;
}

/**
 * How long the account's job list must be empty, with Bedrock still reporting no slot, before the quota counts as 0, as
 * in new accounts. How far the list lags is UNVERIFIED, surely no hour.
 */
const idleMs = 3_600_000;

const inServiceQuotas = 'in Service Quotas, "Sum of in-progress and submitted batch inference jobs" of the model';

/** Returns the error of a job that Bedrock has no slot for: wait, or refused if no other job of the account is open. */
export async function slotsFull(
  job: Job,
  cause: Error,
  { table, bedrock, now }: SlotsFullDependencies,
): Promise<JobSlotsFull | JobRefused> {
  const nowIso = new Date(now()).toISOString();
  const before = job.waiting?.for === 'slot' ? job.waiting : undefined;
  const idleSince = (await bedrock.hasOpenJobs()) ? undefined : (before?.idleSince ?? nowIso);
  const why = `(${cause.message.replace(/\.$/, '')})`;
  if (idleSince !== undefined && now() - Date.parse(idleSince) >= idleMs) {
    return new JobRefused(
      `Bedrock has no slot for job ${job.jobName} of ${job.modelId} ${why}, although this account has had no open batch job ` +
        `since ${idleSince}, so its quota seems to be 0: request a higher one ${inServiceQuotas}, and start a new run.`,
      { cause },
    );
  }
  if (before === undefined || before.idleSince !== idleSince) {
    const since = before?.since ?? nowIso;
    const history = historyWith(job, { status: job.status, at: since, for: 'slot' });
    await table.updateUnmadeJob(job, { waiting: { for: 'slot', since, idleSince }, history });
  }
  return new JobSlotsFull(
    `Job ${job.jobName} waits for a free job slot of ${job.modelId} ${why}: wait for other jobs to end, or request a higher quota ` +
      `${inServiceQuotas}.`,
    { cause },
  );
}
