import {
  type BedrockClient,
  CreateModelInvocationJobCommand,
  GetModelInvocationJobCommand,
  type GetModelInvocationJobCommandOutput,
  ListModelInvocationJobsCommand,
  paginateListModelInvocationJobs,
  StopModelInvocationJobCommand,
} from '@aws-sdk/client-bedrock';
import { bedrockStatusSchema, statusMeaning } from '../domain/job/bedrock-status.ts';
import type { CreateRequest } from '../domain/job/create-request.ts';
import type { BatchJobs, BedrockJob, LiveJob } from '../domain/ports/batch-jobs.ts';

/** In the order of a job's life, so that a job that changes its status between two requests is in the second. */
const liveStatuses = bedrockStatusSchema.options.filter((status) => !statusMeaning[status].over);

/** Bedrock's batch jobs, through an SDK client. */
export function batchJobs(bedrock: BedrockClient): BatchJobs {
  return {
    async create(request: CreateRequest): Promise<string> {
      const { jobArn } = await bedrock.send(new CreateModelInvocationJobCommand(request));
      if (jobArn === undefined)
        throw new TypeError(`CreateModelInvocationJob returned no ARN for job ${request.jobName}.`);
      return jobArn;
    },

    async get(arn: string): Promise<BedrockJob> {
      return readJob(await bedrock.send(new GetModelInvocationJobCommand({ jobIdentifier: arn })));
    },

    async findByName(jobName: string): Promise<string | undefined> {
      const pages = paginateListModelInvocationJobs({ client: bedrock }, { nameContains: jobName });
      for await (const page of pages) {
        const found = page.invocationJobSummaries?.find((summary) => summary.jobName === jobName);
        if (found) return found.jobArn;
      }
      return undefined;
    },

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

    async listLive(): Promise<LiveJob[]> {
      const live: LiveJob[] = [];
      for (const statusEquals of liveStatuses) {
        for await (const page of paginateListModelInvocationJobs({ client: bedrock }, { statusEquals })) {
          for (const { jobName = '', inputDataConfig } of page.invocationJobSummaries ?? []) {
            // A job without a readable input may read anything.
            live.push({ jobName, inputUri: inputDataConfig?.s3InputDataConfig?.s3Uri ?? 's3://' });
          }
        }
      }
      return live;
    },

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
