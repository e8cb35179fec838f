import {
  type BedrockClient,
  CreateModelInvocationJobCommand,
  GetModelInvocationJobCommand,
  type GetModelInvocationJobCommandOutput,
  ListModelInvocationJobsCommand,
  paginateListModelInvocationJobs,
  StopModelInvocationJobCommand,
} from '@aws-sdk/client-bedrock';
import {
  type BedrockStatus,
  bedrockStatusSchema,
  type CreateRequest,
  type JobCounters,
  statusMeaning,
} from '../domain/job/job.ts';

/** A Bedrock job as Get shows it. */
export interface BedrockJob {
  status: BedrockStatus;
  counters: JobCounters;
  message?: string;
  submittedAt?: Date;
  endedAt?: Date;
  /**
   * When Bedrock changed it the last time. That its status was what changed is UNVERIFIED:
   * https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetModelInvocationJob.html
   */
  changedAt?: Date;
}

/** A job that is not over, and what it reads. */
export interface LiveJob {
  jobName: string;
  /** A folder or a file, as its Create request says. */
  inputUri: string;
}

/** In the order in which a job goes through them, so that one that goes on between two questions is seen at the second. */
const liveStatuses = bedrockStatusSchema.options.filter((status) => !statusMeaning[status].over);

/** The verbs that the steps use on Bedrock's batch jobs. */
export type BatchJobs = ReturnType<typeof batchJobs>;

/** Bedrock's batch jobs, through a client. */
export function batchJobs(bedrock: BedrockClient) {
  return {
    /** Creates the job and gives its ARN; a token that was used before names the first job again. */
    async create(request: CreateRequest): Promise<string> {
      const { jobArn } = await bedrock.send(new CreateModelInvocationJobCommand(request));
      if (jobArn === undefined) throw new TypeError(`CreateModelInvocationJob gave no ARN for job ${request.jobName}.`);
      return jobArn;
    },

    /** The job as it stands. */
    async get(arn: string): Promise<BedrockJob> {
      return readJob(await bedrock.send(new GetModelInvocationJobCommand({ jobIdentifier: arn })));
    },

    /** ARN of the job with exactly this name, which List finds after a crash, or undefined where Bedrock has none. */
    async findByName(jobName: string): Promise<string | undefined> {
      const pages = paginateListModelInvocationJobs({ client: bedrock }, { nameContains: jobName });
      for await (const page of pages) {
        const found = page.invocationJobSummaries?.find((summary) => summary.jobName === jobName);
        if (found) return found.jobArn;
      }
      return undefined;
    },

    /** Whether any batch job of this account and Region is not over, of whatever model and whoever made it. */
    async hasOpenJobs(): Promise<boolean> {
      for (const statusEquals of bedrockStatusSchema.options) {
        if (statusMeaning[statusEquals].over) continue;
        const { invocationJobSummaries = [] } = await bedrock.send(
          new ListModelInvocationJobsCommand({ statusEquals, maxResults: 1 }),
        );
        if (invocationJobSummaries.length > 0) return true;
      }
      return false;
    },

    /** All jobs of this account and Region that are not over, of whoever. */
    async listLive(): Promise<LiveJob[]> {
      const live: LiveJob[] = [];
      for (const statusEquals of liveStatuses) {
        for await (const page of paginateListModelInvocationJobs({ client: bedrock }, { statusEquals })) {
          for (const { jobName = '', inputDataConfig } of page.invocationJobSummaries ?? []) {
            // One whose input is not to be read here may read anything.
            live.push({ jobName, inputUri: inputDataConfig?.s3InputDataConfig?.s3Uri ?? 's3://' });
          }
        }
      }
      return live;
    },

    /** Asks the job to stop; it goes through `Stopping`. One that is over already is no error. */
    async stop(arn: string): Promise<void> {
      try {
        await bedrock.send(new StopModelInvocationJobCommand({ jobIdentifier: arn }));
      } catch (error) {
        if (error instanceof Error && error.name === 'ConflictException') return;
        throw error;
      }
    },
  };
}

function readJob(job: GetModelInvocationJobCommandOutput): BedrockJob {
  return {
    status: bedrockStatusSchema.parse(job.status),
    message: job.message,
    submittedAt: job.submitTime,
    endedAt: job.endTime,
    changedAt: job.lastModifiedTime,
    counters: {
      total: job.totalRecordCount ?? 0,
      processed: job.processedRecordCount ?? 0,
      succeeded: job.successRecordCount ?? 0,
      failed: job.errorRecordCount ?? 0,
    },
  };
}
