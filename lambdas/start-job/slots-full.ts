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
 * So long the job list of an account may be empty while Bedrock still has no slot before that is believed: the quota is 0 then, as
 * new accounts have it, and waiting helps nobody. How far the list is behind is UNVERIFIED; an hour is far longer.
 */
const idleMs = 3_600_000;

const inServiceQuotas = 'in Service Quotas, "Sum of in-progress and submitted batch inference jobs" of the model';

/** The error of a job that Bedrock has no slot for: to be waited for, or for good where no job of the account is in its way. */
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
      `Bedrock has no slot for job ${job.jobName} of ${job.modelId} ${why}, although no batch job of this account has been open ` +
        `since ${idleSince}, so that its quota seems to be 0: ask for a higher one ${inServiceQuotas}, and start a new run.`,
      { cause },
    );
  }
  if (before === undefined || before.idleSince !== idleSince) {
    const since = before?.since ?? nowIso;
    const history = historyWith(job, { status: job.status, at: since, for: 'slot' });
    await table.updateUnmadeJob(job, { waiting: { for: 'slot', since, idleSince }, history });
  }
  return new JobSlotsFull(
    `Job ${job.jobName} waits for a free job slot of ${job.modelId} ${why}: let other jobs end, or ask for a higher quota ` +
      `${inServiceQuotas}.`,
    { cause },
  );
}
