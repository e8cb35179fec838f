import type { z } from 'zod';
import { type Job, jobSchema } from '../../lambdas/shared/jobs.ts';
import { type Lease, leaseSchema } from '../../lambdas/shared/lease.ts';

import type { RunTable } from '../../lambdas/shared/run-table.ts';
import type { Run } from '../../lambdas/shared/runs.ts';
import type { JobReference } from '../../lambdas/shared/state.ts';
import { awsError } from './aws-error.ts';

/** The table in memory, with the verbs and conditions of the real one. */
export type MemoryTable = ReturnType<typeof memoryTable>;

/** An empty table. Jobs and leases are checked against their schemas on the way in, as they are on the way out of the real one. */
export function memoryTable() {
  const runs = new Map<string, Run>();
  const jobs = new Map<string, Job>();
  const openJobs = new Map<string, JobReference>();
  const leases = new Map<string, Lease>();
  const jobId = ({ runId, jobName }: JobReference) => `${runId}/${jobName}`;

  /** The item with what is defined in the fields; an update never makes an item. */
  function updated<Item extends object>(item: Item | undefined, fields: Partial<Item>): Item {
    if (item === undefined) throw awsError('ConditionalCheckFailedException', 400, 'The conditional request failed');
    return { ...item, ...withoutUndefined(fields) };
  }

  const verbs: RunTable = {
    getRun: async (runId) => copyOf(runs.get(runId)),
    async createRun(run) {
      if (runs.has(run.runId)) return false;
      runs.set(run.runId, withoutUndefined(run));
      return true;
    },
    async updateRun(runId, fields) {
      runs.set(runId, updated(runs.get(runId), fields));
    },
    async getJob(reference) {
      const job = jobs.get(jobId(reference));
      if (job === undefined)
        throw new TypeError(`Run ${reference.runId} has no job ${reference.jobName} in the table.`);
      return structuredClone(job);
    },
    findJob: async (reference) => copyOf(jobs.get(jobId(reference))),
    async createJob(job) {
      const held = jobs.get(jobId(job));
      if (held !== undefined && held.status !== 'Planned') return false;
      put(job);
      return true;
    },
    async updateJob(reference, fields) {
      jobs.set(jobId(reference), stored(jobSchema, updated(jobs.get(jobId(reference)), fields)));
    },
    async closeJob(reference) {
      jobs.set(jobId(reference), stored(jobSchema, updated(jobs.get(jobId(reference)), { closed: true })));
    },
    async finishJob(reference, collected) {
      jobs.set(jobId(reference), stored(jobSchema, updated(jobs.get(jobId(reference)), { collected })));
      openJobs.delete(jobId(reference));
    },
    async setFence(reference, fence, executionArn) {
      const job = jobs.get(jobId(reference));
      if (job === undefined || (job.fence ?? 0) > fence) return false;
      jobs.set(jobId(reference), { ...job, fence, executionArn });
      return true;
    },
    async listJobs(runId) {
      const ofRun = [...jobs.values()].filter((job) => job.runId === runId);
      return structuredClone(ofRun.sort((one, other) => (one.jobName < other.jobName ? -1 : 1)));
    },
    listOpenJobs: async () => structuredClone([...openJobs.values()]),
    getLease: async (bucket) => copyOf(leases.get(bucket)),
    async replaceLease(previous, next) {
      if (leases.get(next.bucket)?.version !== previous?.version) return false;
      leases.set(next.bucket, stored(leaseSchema, next));
      return true;
    },
  };

  function put(job: Job): void {
    jobs.set(jobId(job), stored(jobSchema, job));
    if (job.collected === undefined) openJobs.set(jobId(job), { runId: job.runId, jobName: job.jobName });
  }

  return { ...verbs, putJob: put };
}

function stored<Schema extends z.ZodType>(schema: Schema, item: object): z.output<Schema> {
  return schema.parse(withoutUndefined(item));
}

/** As DynamoDB keeps it: without what is undefined, and no part shared with the caller. */
function withoutUndefined<Item extends object>(item: Item): Item {
  return JSON.parse(JSON.stringify(item));
}

function copyOf<Item>(item: Item | undefined): Item | undefined {
  return structuredClone(item);
}
