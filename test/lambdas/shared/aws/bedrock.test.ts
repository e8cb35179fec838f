import {
  BedrockClient,
  ConflictException,
  CreateModelInvocationJobCommand,
  GetModelInvocationJobCommand,
  ListModelInvocationJobsCommand,
  StopModelInvocationJobCommand,
} from '@aws-sdk/client-bedrock';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { batchJobs } from '../../../../lambdas/shared/aws/bedrock.ts';
import { bedrockStatusSchema } from '../../../../lambdas/shared/domain/job/bedrock-status.ts';
import { awsError } from '../../../support/aws-error.ts';
import { aCreateRequest, aJob } from '../../../support/factories.ts';

const client = new BedrockClient({ region: 'us-east-1' });
const bedrock = mockClient(client);
const jobs = batchJobs(client);
const arn = 'arn:aws:bedrock:us-east-1:111122223333:model-invocation-job/abcdefghijkl';
const times = { submitTime: new Date(0), lastModifiedTime: new Date(0) };
const always = {
  jobArn: arn,
  modelId: 'm',
  roleArn: 'r',
  inputDataConfig: undefined,
  outputDataConfig: undefined,
  ...times,
};

beforeEach(() => {
  bedrock.reset();
});

describe('creating a job', () => {
  it('sends the request as it was written down', async () => {
    bedrock.on(CreateModelInvocationJobCommand).resolves({ jobArn: arn });
    const request = aCreateRequest(aJob());

    expect(await jobs.create(request)).toBe(arn);
    expect(bedrock.commandCalls(CreateModelInvocationJobCommand)[0]?.args[0].input).toEqual(request);
  });

  it('does not go on without an ARN', async () => {
    bedrock.on(CreateModelInvocationJobCommand).resolves({});

    await expect(jobs.create(aCreateRequest(aJob()))).rejects.toThrow('returned no ARN for job media-run-1-1');
  });
});

describe('looking at a job', () => {
  it('reads the counters under the names that Bedrock gives them', async () => {
    bedrock.on(GetModelInvocationJobCommand).resolves({
      ...always,
      status: 'PartiallyCompleted',
      message: 'time ran out',
      endTime: new Date(1000),
      totalRecordCount: 10,
      processedRecordCount: 7,
      successRecordCount: 5,
      errorRecordCount: 2,
    });

    expect(await jobs.get(arn)).toEqual({
      status: 'PartiallyCompleted',
      message: 'time ran out',
      submittedAt: new Date(0),
      endedAt: new Date(1000),
      changedAt: new Date(0),
      counters: { total: 10, processed: 7, succeeded: 5, failed: 2 },
    });
    expect(bedrock.commandCalls(GetModelInvocationJobCommand)[0]?.args[0].input).toEqual({ jobIdentifier: arn });
  });

  it.each(bedrockStatusSchema.options)(
    'knows the status %s, with counters that are not there yet as 0',
    async (status) => {
      bedrock.on(GetModelInvocationJobCommand).resolves({ ...always, status });

      expect(await jobs.get(arn)).toMatchObject({
        status,
        counters: { total: 0, processed: 0, succeeded: 0, failed: 0 },
      });
    },
  );

  it('refuses a status that nobody decided about', async () => {
    // Lower case stands for any status that AWS adds later; the SDK's type has only today's.
    bedrock.on(GetModelInvocationJobCommand).callsFake(() => ({ ...always, status: 'paused' }));

    await expect(jobs.get(arn)).rejects.toThrow();
  });
});

describe('finding a job by its name', () => {
  const summary = { ...times, modelId: 'm', roleArn: 'r', inputDataConfig: undefined, outputDataConfig: undefined };

  it('takes the one with exactly this name, on whatever page', async () => {
    bedrock
      .on(ListModelInvocationJobsCommand)
      .resolvesOnce({
        invocationJobSummaries: [{ ...summary, jobArn: 'arn:other', jobName: 'my-job-10' }],
        nextToken: 'more',
      })
      .resolves({ invocationJobSummaries: [{ ...summary, jobArn: arn, jobName: 'my-job-1' }] });

    expect(await jobs.findByName('my-job-1')).toBe(arn);
    expect(bedrock.commandCalls(ListModelInvocationJobsCommand).map((call) => call.args[0].input)).toMatchObject([
      { nameContains: 'my-job-1' },
      { nameContains: 'my-job-1', nextToken: 'more' },
    ]);
  });

  it('finds none where no name is the same to the letter', async () => {
    bedrock.on(ListModelInvocationJobsCommand).resolves({
      invocationJobSummaries: ['my-job-10', 'a-my-job-1', 'My-Job-1'].map((jobName) => ({
        ...summary,
        jobArn: arn,
        jobName,
      })),
    });

    expect(await jobs.findByName('my-job-1')).toBeUndefined();
  });

  it('finds none on an empty page', async () => {
    bedrock.on(ListModelInvocationJobsCommand).resolves({});

    expect(await jobs.findByName('my-job-1')).toBeUndefined();
  });
});

describe('stopping a job', () => {
  it('asks Bedrock by the ARN', async () => {
    bedrock.on(StopModelInvocationJobCommand).resolves({});

    await jobs.stop(arn);

    expect(bedrock.commandCalls(StopModelInvocationJobCommand)[0]?.args[0].input).toEqual({ jobIdentifier: arn });
  });

  it('is content with one that is over already', async () => {
    bedrock.on(StopModelInvocationJobCommand).rejects(new ConflictException({ message: 'over', $metadata: {} }));

    await expect(jobs.stop(arn)).resolves.toBeUndefined();
  });

  it('does not swallow any other refusal', async () => {
    bedrock.on(StopModelInvocationJobCommand).rejects(awsError('AccessDeniedException', 403));

    await expect(jobs.stop(arn)).rejects.toThrow('AccessDenied');
  });
});
