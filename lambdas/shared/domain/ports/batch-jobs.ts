import type { BedrockStatus, JobCounters } from '../job/bedrock-status.ts';
import type { CreateRequest } from '../job/create-request.ts';

/** A Bedrock job as Get shows it. */
export interface BedrockJob {
  status: BedrockStatus;
  counters: JobCounters;
  message?: string;
  submittedAt?: Date;
  endedAt?: Date;
  /**
   * When Bedrock last changed the job. UNVERIFIED that this was a change of its status:
   * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetModelInvocationJob.html
   */
  changedAt?: Date;
}

/** A job that is not over, and its input. */
export interface LiveJob {
  jobName: string;
  /** A folder or a file, as the Create request says. */
  inputUri: string;
}

/** Bedrock's batch jobs, as the steps use them. */
export interface BatchJobs {
  /** Creates the job and returns its ARN. A token that was used before returns the first job's ARN. */
  create(request: CreateRequest): Promise<string>;

  /** Returns the job's current state. */
  get(arn: string): Promise<BedrockJob>;

  /** Returns the ARN of the job with exactly this name; undefined if List shows none. */
  findByName(jobName: string): Promise<string | undefined>;

  /** Returns whether any batch job of this account and Region is not over, by any creator. */
  hasOpenJobs(): Promise<boolean>;

  /** Lists all jobs of this account and Region that are not over, by any creator. */
  listLive(): Promise<LiveJob[]>;

  /** Asks the job to stop; it passes through `Stopping`. A job that is over is no error. */
  stop(arn: string): Promise<void>;
}
