import type { Collected, Prepared } from '../job/collected.ts';
import type { CreateRequest } from '../job/create-request.ts';
import type { Job } from '../job/job.ts';
import type { Lock } from '../lock/lock.ts';
import type { Run } from '../run/run.ts';
import type { JobReference } from '../state.ts';

/** Bedrock's state of a job, as the table keeps it. */
export type BedrockState = Pick<Job, 'status' | 'history' | 'counters' | 'failure' | 'endedAt' | 'batchJobArn'>;

/** The fields of a job that Bedrock has created. */
export type CreatedJob = Pick<Job, 'history'> & { batchJobArn: string; submittedAt: string };

/** Runs, jobs and locks in the table, as the steps use them. Every change is one conditional write. */
export interface RunTable {
  getRun(runId: string): Promise<Run | undefined>;

  /** Writes a new, open run; false if a run of this name exists. */
  createRun(run: Run): Promise<boolean>;

  updateRun(runId: string, fields: Partial<Run>): Promise<void>;

  /** Updates an open run; false if it has ended. */
  advanceRun(runId: string, fields: Partial<Run>): Promise<boolean>;

  /** Writes how a run ended, and removes it from the index of open runs. */
  finishRun(runId: string, end: Pick<Run, 'status' | 'reason' | 'expiresAt'>): Promise<void>;

  /** Adds an execution to a run that has `known` of them; false if another was added meanwhile. */
  addExecution(runId: string, known: number, executionArn: string): Promise<boolean>;

  /** Lists every open run, from the sparse index, which lags a moment. */
  listOpenRuns(): Promise<string[]>;

  /** @throws if the table has no such job */
  getJob(reference: JobReference): Promise<Job>;

  findJob(reference: JobReference): Promise<Job | undefined>;

  /** Writes a planned job; false if it exists. */
  createJob(job: Job): Promise<boolean>;

  updateJob(reference: JobReference, fields: Partial<Job>): Promise<void>;

  /** Updates a job that may still be prepared and sent; false if Bedrock has it or `Settle job` has begun. */
  updateUnmadeJob(reference: JobReference, fields: Partial<Job>, remove?: readonly (keyof Job)[]): Promise<boolean>;

  /** Ends a turn of `Prepare job`; remembers a `lost` turn that may still be at work. Does not touch a later turn. */
  endTurn(reference: JobReference, turn: string, lost: Job['preparing']): Promise<void>;

  /** Blocks further prepare and start attempts, and keeps the first failure. */
  beginSettling(reference: JobReference, failure?: Job['failure']): Promise<void>;

  /** Writes Bedrock's state of a job; false, without a change, if its end is already written. */
  recordBedrockState(reference: JobReference, state: BedrockState): Promise<boolean>;

  /** Writes which records of a job are sent; false if that is already decided. */
  setPrepared(reference: JobReference, prepared: Prepared): Promise<boolean>;

  /** Writes the Create request before it is sent; false if one is already written. */
  setCreateRequest(reference: JobReference, createRequest: CreateRequest): Promise<boolean>;

  /** Writes that Bedrock created the job; false if that is already written. */
  setCreated(reference: JobReference, created: CreatedJob): Promise<boolean>;

  /** Marks a job as closed: its input and copies are removed, its lock is released. */
  closeJob(reference: JobReference): Promise<void>;

  /** Writes the results of a job and removes it from the index of open jobs; false if they are already written. */
  finishJob(reference: JobReference, collected: Collected): Promise<boolean>;

  /** Writes the fencing number of a job's lock; false if a later number is known. */
  setFence(reference: JobReference, fence: number, executionArn: string): Promise<boolean>;

  /** Lists all jobs of a run, by attempt and by number in it. */
  listJobs(runId: string): Promise<Job[]>;

  /** Lists every job without collected results, of all runs, from the sparse index, which lags a moment. */
  listOpenJobs(): Promise<JobReference[]>;

  /** Returns the lock of a bucket; undefined if no job ever requested it. */
  getLock(bucket: string): Promise<Lock | undefined>;

  /** Replaces the lock; false if it has changed since `previous` was read. */
  replaceLock(previous: Lock | undefined, next: Lock): Promise<boolean>;
}
