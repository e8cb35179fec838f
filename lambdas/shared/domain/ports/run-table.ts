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

  /** Writes a new run, among the open ones; false where a run of this name exists. */
  createRun(run: Run): Promise<boolean>;

  updateRun(runId: string, fields: Partial<Run>): Promise<void>;

  /** Updates an open run; false where it has ended. */
  advanceRun(runId: string, fields: Partial<Run>): Promise<boolean>;

  /** Writes how a run ended, and removes it from the index of open runs. */
  finishRun(runId: string, end: Pick<Run, 'status' | 'reason' | 'expiresAt'>): Promise<void>;

  /** Adds an execution to a run that has `known` of them; false where another was added meanwhile. */
  addExecution(runId: string, known: number, executionArn: string): Promise<boolean>;

  /** Lists every run that has not ended, from the sparse index, which lags a moment behind. */
  listOpenRuns(): Promise<string[]>;

  /** @throws when the table has no such job */
  getJob(reference: JobReference): Promise<Job>;

  findJob(reference: JobReference): Promise<Job | undefined>;

  /** Writes a planned job; false where it exists. */
  createJob(job: Job): Promise<boolean>;

  updateJob(reference: JobReference, fields: Partial<Job>): Promise<void>;

  /** Updates a job that may still be prepared and sent; false where Bedrock has it or `Settle job` has begun. */
  updateUnmadeJob(reference: JobReference, fields: Partial<Job>, remove?: readonly (keyof Job)[]): Promise<boolean>;

  /** Ends a turn of `Prepare job`, and remembers a `lost` one that may still be at work. A later turn is left alone. */
  endTurn(reference: JobReference, turn: string, lost: Job['preparing']): Promise<void>;

  /** Blocks further prepare and start attempts, and keeps the first failure. */
  beginSettling(reference: JobReference, failure?: Job['failure']): Promise<void>;

  /** Writes Bedrock's state of a job; false, without a change, once its end is written. */
  recordBedrockState(reference: JobReference, state: BedrockState): Promise<boolean>;

  /** Writes which records of a job are sent; false where that was decided before. */
  setPrepared(reference: JobReference, prepared: Prepared): Promise<boolean>;

  /** Writes the Create request before it is sent; false where one is written. */
  setCreateRequest(reference: JobReference, createRequest: CreateRequest): Promise<boolean>;

  /** Writes that Bedrock created the job; false where that is written. */
  setCreated(reference: JobReference, created: CreatedJob): Promise<boolean>;

  /** Marks a job as closed: its input and copies are removed, its lock is released. */
  closeJob(reference: JobReference): Promise<void>;

  /** Writes what became of a job's records, and removes it from the index of open jobs; false where that is written. */
  finishJob(reference: JobReference, collected: Collected): Promise<boolean>;

  /** Gives a job the fencing number of its lock; false where a later number is known. */
  setFence(reference: JobReference, fence: number, executionArn: string): Promise<boolean>;

  /** Lists all jobs of a run, by attempt and by number in it. */
  listJobs(runId: string): Promise<Job[]>;

  /** Lists every job whose results are not collected, of all runs, from the sparse index, which lags a moment behind. */
  listOpenJobs(): Promise<JobReference[]>;

  /** Returns the lock on a bucket; undefined where no job ever asked for it. */
  getLock(bucket: string): Promise<Lock | undefined>;

  /** Replaces the lock if it is unchanged since `previous` was read; false otherwise. */
  replaceLock(previous: Lock | undefined, next: Lock): Promise<boolean>;
}
