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

/** A job as GetModelInvocationJob returns it. */
export type ShownJob = Omit<GetModelInvocationJobCommandOutput, '$metadata'>;

/** The input of a job: a folder of the bucket with its slash, or one `.jsonl`. It sets no timeout. */
export interface JobRequest {
  modelId: string;
  inputKey: string;
  type?: InvocationType;
}

/** Settings of a wait. */
export interface Waiting extends Pick<Context, 'interrupted' | 'pause' | 'output'> {
  now: () => number;
  /** The pause between two looks. */
  everyMs: number;
  /** When waiting ends, in ms since 1970. */
  endsAt: number;
}

const namePrefix = 'verify-aws-';
const ends: readonly unknown[] = ['Completed', 'PartiallyCompleted', 'Failed', 'Stopped', 'Expired'];

/** Whether a job has ended. */
export const isOver = ({ status }: Pick<ShownJob, 'status'>) => ends.includes(status);

/** The operations of questions on Bedrock's batch jobs. */
export type BatchJobs = ReturnType<typeof batchJobs>;

/** The batch jobs of a stack. */
export function batchJobs(bedrock: BedrockClient, { bucket, bedrockRoleArn }: DeployedStack, waiting: Waiting) {
  const { stop } = productJobs(bedrock);
  const isOurs = (job: JobSummary) =>
    job.roleArn === bedrockRoleArn && job.jobName?.startsWith(namePrefix) && !isOver(job);

  const jobs = {
    stop,

    /** Creates a job, by default under a new name, and returns its ARN. */
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

    /** Waits until a job is in a state and returns it. @throws CommandProblem when the time is up */
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
        throw new CommandProblem(`The job ${jobArn} was still ${seen} when the time was up: ask again later.`);
      }
    },

    /** Runs a job to its end. @throws CommandProblem when that is not `Completed` */
    async complete(request: JobRequest): Promise<ShownJob> {
      const job = await jobs.reach(await jobs.create(request), isOver);
      if (job.status === 'Completed') return job;
      throw new CommandProblem(`The job ${job.jobName} ended ${job.status}: ${job.message ?? 'it gave no reason.'}`);
    },

    /** Stops every job that was created here, the product's too, and waits until they have ended. */
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

/** The prefix of a job's outputs. */
export const outputPrefixOf = (jobName: string | undefined) => `nova/batch/output/${jobName}/`;

/** The names of a job's outputs, without the folder that is named after its ID. */
export function outputNames({ jobName, jobArn = '' }: ShownJob, keys: readonly string[]): string[] {
  return keys.map((key) => key.replace(`${outputPrefixOf(jobName)}${jobArn.slice(-12)}/`, '')).sort();
}
