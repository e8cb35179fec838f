import type { z } from 'zod';
import { type Job, jobSchema } from '../../lambdas/shared/domain/job/job.ts';
import { type Lock, lockSchema } from '../../lambdas/shared/domain/lock/lock.ts';
import type { RunTable } from '../../lambdas/shared/domain/ports/run-table.ts';
import { isOpen, type Run } from '../../lambdas/shared/domain/run/run.ts';
import type { JobReference } from '../../lambdas/shared/domain/state.ts';
import { awsError } from './aws-error.ts';

/** The table in memory, with the verbs and conditions of the real one. */
export type MemoryTable = ReturnType<typeof memoryTable>;

/**
 * An empty table. Jobs and locks are checked against their schemas on the way in, as they are on the way out of the
 * real one.
 */
export function memoryTable() {
  const runs = new Map<string, Run>();
  const jobs = new Map<string, Job>();
  const openRuns = new Set<string>();
  const openJobs = new Map<string, JobReference>();
  const locks = new Map<string, Lock>();
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
      openRuns.add(run.runId);
      return true;
    },
    async updateRun(runId, fields) {
      runs.set(runId, updated(runs.get(runId), fields));
    },
    async advanceRun(runId, fields) {
      const run = runs.get(runId);
      if (run === undefined || !isOpen(run)) return false;
      runs.set(runId, updated(run, fields));
      return true;
    },
    async finishRun(runId, end) {
      runs.set(runId, updated(runs.get(runId), end));
      openRuns.delete(runId);
    },
    async addExecution(runId, known, executionArn) {
      const run = runs.get(runId);
      if (run?.executionArns.length !== known) return false;
      runs.set(runId, { ...run, executionArns: [...run.executionArns, executionArn] });
      return true;
    },
    listOpenRuns: async () => [...openRuns],
    async getJob(reference) {
      const job = jobs.get(jobId(reference));
      if (job === undefined)
        throw new TypeError(`Run ${reference.runId} has no job ${reference.jobName} in the table.`);
      return structuredClone(job);
    },
    findJob: async (reference) => copyOf(jobs.get(jobId(reference))),
    async createJob(job) {
      if (jobs.has(jobId(job))) return false;
      put(job);
      return true;
    },
    updateJob: async (reference, fields) => set(reference, fields),
    async updateUnmadeJob(reference, fields, remove = []) {
      const job = jobs.get(jobId(reference));
      if (job?.phase !== 'open' || job.batchJobArn !== undefined) return false;
      set(reference, fields, remove);
      return true;
    },
    async endTurn(reference, turn, lost) {
      if (jobs.get(jobId(reference))?.preparing?.turn !== turn) return;
      set(reference, { preparing: lost }, lost ? [] : ['preparing']);
    },
    async beginSettling(reference, failure) {
      const job = jobs.get(jobId(reference));
      if (job && job.phase !== 'closed') set(reference, { phase: 'settling', failure: job.failure ?? failure });
    },
    async recordBedrockState(reference, seen) {
      const job = jobs.get(jobId(reference));
      if (!job || job.phase === 'closed' || job.endedAt !== undefined) return false;
      set(reference, seen);
      return true;
    },
    setPrepared: async (reference, prepared) =>
      setOnce(reference, 'prepared', { prepared, paddingRecords: prepared.paddingRecords }),
    setCreateRequest: async (reference, createRequest) => setOnce(reference, 'createRequest', { createRequest }),
    setCreated: async (reference, created) =>
      setOnce(reference, 'batchJobArn', { ...created, status: 'Submitted' }, ['waiting']),
    closeJob: async (reference) => set(reference, { phase: 'closed' }),
    async finishJob(reference, collected) {
      const isFirst = setOnce(reference, 'collected', { collected });
      if (isFirst) openJobs.delete(jobId(reference));
      return isFirst;
    },
    async setFence(reference, fence, executionArn) {
      const job = jobs.get(jobId(reference));
      if (job === undefined || (job.fence ?? 0) > fence) return false;
      jobs.set(jobId(reference), { ...job, fence, executionArn });
      return true;
    },
    async listJobs(runId) {
      const ofRun = [...jobs.values()].filter((job) => job.runId === runId);
      return structuredClone(ofRun.sort((one, other) => one.attempt - other.attempt || one.number - other.number));
    },
    listOpenJobs: async () => structuredClone([...openJobs.values()]),
    getLock: async (bucket) => copyOf(locks.get(bucket)),
    async replaceLock(previous, next) {
      if (locks.get(next.bucket)?.version !== previous?.version) return false;
      locks.set(next.bucket, stored(lockSchema, next));
      return true;
    },
  };

  function set(reference: JobReference, fields: Partial<Job>, remove: readonly (keyof Job)[] = []): void {
    const next = updated(jobs.get(jobId(reference)), fields);
    const kept = Object.entries(next).filter(([name]) => !remove.some((gone) => gone === name));
    jobs.set(jobId(reference), jobSchema.parse(Object.fromEntries(kept)));
  }

  /** As the real one does, nothing where the field is there already or the job is not. */
  function setOnce(
    reference: JobReference,
    field: keyof Job,
    fields: Partial<Job>,
    remove: readonly (keyof Job)[] = [],
  ): boolean {
    const job = jobs.get(jobId(reference));
    if (job === undefined || job[field] !== undefined) return false;
    set(reference, fields, remove);
    return true;
  }

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
