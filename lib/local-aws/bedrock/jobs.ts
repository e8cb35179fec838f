import { z } from 'zod';
import type { Clock } from '../clock.ts';
import { openJsonFiles } from '../json-files.ts';
import { ServiceError } from '../service.ts';
import { createSchema, endSchema, type listSchema, statusSchema } from './requests.ts';

const count = z.int().default(0);

/** A job as Get and List show it, and as its file keeps it. */
export const jobSchema = createSchema.extend({
  jobArn: z.string(),
  status: statusSchema.default('Submitted'),
  message: z.string().optional(),
  submitTime: z.iso.datetime(),
  lastModifiedTime: z.iso.datetime(),
  endTime: z.iso.datetime().optional(),
  jobExpirationTime: z.iso.datetime(),
  totalRecordCount: count,
  processedRecordCount: count,
  successRecordCount: count,
  errorRecordCount: count,
});
export type Job = z.output<typeof jobSchema>;

/** The last part of a job's ARN. */
export const jobIdOf = ({ jobArn }: Job) => jobArn.slice(-12);

/** Whether a job is in one of its five final statuses. */
export const isOver = ({ status }: Job) => endSchema.safeParse(status).success;

/** The jobs of the account; a change of status is on disk before anyone can see it. */
export type Jobs = ReturnType<typeof openJobs>;

/** Opens the jobs in a folder. Jobs that were not over become Failed: nothing works on them any more. */
export function openJobs(folder: string, clock: Clock) {
  const files = openJsonFiles(folder, jobSchema);
  const jobs = new Map<string, Job>();

  /** By ARN or ID. @throws `ResourceNotFoundException` */
  function get(identifier: string): Job {
    const job = jobs.get(identifier.slice(-12));
    if (job?.jobArn.endsWith(identifier)) return job;
    throw new ServiceError('ResourceNotFoundException', 404, `No model invocation job ${identifier} was found.`);
  }
  function put(job: Job): void {
    const statusBefore = jobs.get(jobIdOf(job))?.status;
    jobs.set(jobIdOf(job), job);
    if (job.status !== statusBefore) files.write(jobIdOf(job), job);
  }
  function update(jobId: string, change: Partial<Job>): void {
    const now = new Date(clock.now()).toISOString();
    const job = { ...get(jobId), ...change, lastModifiedTime: now };
    put(isOver(job) ? { ...job, endTime: now } : job);
  }

  for (const job of files.read().sort((a, b) => Date.parse(a.submitTime) - Date.parse(b.submitTime))) {
    jobs.set(jobIdOf(job), job);
    const message = `The local AWS was stopped while this job was ${job.status}.`;
    if (!isOver(job)) update(jobIdOf(job), { status: 'Failed', message });
  }
  /** Oldest first. */
  const all = () => [...jobs.values()];
  return { all, get, put, update };
}

/** One page of jobs, newest first. @throws `ValidationException` for a token that names no job */
export function listJobs(jobs: Job[], query: z.output<typeof listSchema>): { page: Job[]; nextToken?: string } {
  const { statusEquals, nameContains = '', maxResults, nextToken } = query;
  const ordered = jobs.toReversed();
  const lastSeen = ordered.findIndex((job) => jobIdOf(job) === nextToken);
  if (nextToken && lastSeen < 0) throw new ServiceError('ValidationException', 400, 'The nextToken is not valid.');
  const matching = ordered
    .slice(lastSeen + 1)
    .filter(({ status, jobName }) => (statusEquals ?? status) === status && jobName.includes(nameContains));
  const page = matching.slice(0, maxResults);
  const [last] = page.slice(-1);
  return page.length < matching.length && last ? { page, nextToken: jobIdOf(last) } : { page };
}
