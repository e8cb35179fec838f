import { randomBytes } from 'node:crypto';
import {
  type BedrockClient,
  CreateModelInvocationJobCommand,
  GetModelInvocationJobCommand,
  type GetModelInvocationJobCommandOutput,
  type ModelInvocationJobSummary as JobSummary,
  paginateListModelInvocationJobs,
} from '@aws-sdk/client-bedrock';
import { batchJobs as productJobs } from '../../lambdas/shared/aws/bedrock.ts';
import { isTransient } from '../../lambdas/shared/domain/errors/errors.ts';
import type { Context } from '../program/context.ts';
import { CommandProblem, isUnreachable } from '../program/problem.ts';
import type { InvocationType } from './records.ts';
import type { DeployedStack } from './stack.ts';

/** A job as Get shows it. */
export type ShownJob = Omit<GetModelInvocationJobCommandOutput, '$metadata'>;

/** What a job is made from: a folder of the bucket with its slash, or one `.jsonl`. It names no timeout. */
export interface JobRequest {
  modelId: string;
  inputKey: string;
  type?: InvocationType;
}

/** How a wait goes. */
export interface Waiting extends Pick<Context, 'interrupted' | 'pause' | 'output'> {
  now: () => number;
  /** The pause between two looks. */
  everyMs: number;
  /** When nothing is waited for any more, in ms since 1970. */
  endsAt: number;
}

const namePrefix = 'verify-aws-';
const ends: readonly unknown[] = ['Completed', 'PartiallyCompleted', 'Failed', 'Stopped', 'Expired'];

/** Whether a job has come to an end. */
export const isOver = ({ status }: Pick<ShownJob, 'status'>) => ends.includes(status);

/** The verbs that questions use on Bedrock's batch jobs. */
export type BatchJobs = ReturnType<typeof batchJobs>;

/** The batch jobs of a stack. */
export function batchJobs(bedrock: BedrockClient, { bucket, bedrockRoleArn }: DeployedStack, waiting: Waiting) {
  const { stop } = productJobs(bedrock);
  const isOurs = (job: JobSummary) =>
    job.roleArn === bedrockRoleArn && job.jobName?.startsWith(namePrefix) && !isOver(job);

  const jobs = {
    stop,

    /** Creates a job and gives its ARN; one that has a name already is created under it once more. */
    async create({ modelId, inputKey, type }: JobRequest, jobName = `${namePrefix}${randomBytes(6).toString('hex')}`) {
      const { jobArn = '' } = await bedrock.send(
        new CreateModelInvocationJobCommand({
          jobName,
          modelId,
          roleArn: bedrockRoleArn,
          modelInvocationType: type,
          inputDataConfig: { s3InputDataConfig: { s3Uri: `s3://${bucket}/${inputKey}` } },
          outputDataConfig: { s3OutputDataConfig: { s3Uri: `s3://${bucket}/${outputPrefixOf(jobName)}` } },
        }),
      );
      return jobArn;
    },

    /** The job as soon as it has come so far. @throws CommandProblem when the time is up */
    async reach(jobArn: string, isReached: (job: ShownJob) => boolean): Promise<ShownJob> {
      for (let seen: string | undefined; ; await waiting.pause(waiting.everyMs, waiting.interrupted)) {
        waiting.interrupted.throwIfAborted();
        try {
          const { $metadata, ...job } = await bedrock.send(new GetModelInvocationJobCommand({ jobIdentifier: jobArn }));
          if (seen !== job.status) waiting.output.err.write(`job ${job.jobName} ${job.status}\n`);
          seen = job.status;
          if (isReached(job)) return job;
        } catch (error) {
          if (!(isTransient(error) || isUnreachable(error))) throw error;
        }
        if (waiting.now() < waiting.endsAt) continue;
        throw new CommandProblem(`The job ${jobArn} was still ${seen} when the time was up: ask again another day.`);
      }
    },

    /** Runs a job to its end. @throws CommandProblem when that is not `Completed` */
    async complete(request: JobRequest): Promise<ShownJob> {
      const job = await jobs.reach(await jobs.create(request), isOver);
      if (job.status === 'Completed') return job;
      throw new CommandProblem(`The job ${job.jobName} ended ${job.status}: ${job.message ?? 'it gave no reason.'}`);
    },

    /** Stops every job of the stack that was made here, the product's too, and waits until they are over. */
    async stopAll(): Promise<void> {
      const ours: JobSummary[] = [];
      const pages = paginateListModelInvocationJobs({ client: bedrock }, { nameContains: namePrefix });
      for await (const { invocationJobSummaries = [] } of pages) ours.push(...invocationJobSummaries.filter(isOurs));
      await Promise.all(ours.map(({ jobArn = '' }) => stop(jobArn)));
      await Promise.all(ours.map(({ jobArn = '' }) => jobs.reach(jobArn, isOver)));
    },
  };
  return jobs;
}

/** What begins the keys of a job's outputs. */
export const outputPrefixOf = (jobName: string | undefined) => `nova/batch/output/${jobName}/`;

/** The names of a job's outputs, below the folder that has its ID for a name, where they lie in that. */
export function outputNames({ jobName, jobArn = '' }: ShownJob, keys: readonly string[]): string[] {
  return keys.map((key) => key.replace(`${outputPrefixOf(jobName)}${jobArn.slice(-12)}/`, '')).sort();
}
