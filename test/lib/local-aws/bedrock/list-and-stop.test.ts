import {
  GetModelInvocationJobCommand,
  ListModelInvocationJobsCommand,
  type ListModelInvocationJobsCommandInput,
  paginateListModelInvocationJobs,
  StopModelInvocationJobCommand,
} from '@aws-sdk/client-bedrock';
import { expect, test } from 'vitest';
import { localBedrock } from './local-bedrock.ts';

/** Three jobs, an hour apart; the first has failed for want of an input. */
async function threeJobs() {
  const local = await localBedrock();
  const arns: string[] = [];
  for (const jobName of ['nightly-a', 'nightly-b', 'other']) {
    arns.push(await local.create({ jobName }));
    await local.sleep(jobName === 'other' ? 0 : 3_600_000);
  }
  const list = async (query: ListModelInvocationJobsCommandInput) => {
    const { invocationJobSummaries = [] } = await local.client.send(new ListModelInvocationJobsCommand(query));
    return invocationJobSummaries.map(({ jobName }) => jobName);
  };
  return { ...local, arns, list };
}

test('lists jobs by name and status, newest first', async () => {
  const { list } = await threeJobs();

  expect(await list({})).toEqual(['other', 'nightly-b', 'nightly-a']);
  expect(await list({ nameContains: 'nightly' })).toEqual(['nightly-b', 'nightly-a']);
  expect(await list({ statusEquals: 'Submitted' })).toEqual(['other']);
  expect(await list({ statusEquals: 'Failed' })).toEqual(['nightly-b', 'nightly-a']);
});

test('a summary says as much as Get does', async () => {
  const { client, get, arns } = await threeJobs();

  const { invocationJobSummaries = [] } = await client.send(new ListModelInvocationJobsCommand({ maxResults: 1 }));

  const { $metadata, ...job } = await get(arns[2] ?? '');
  expect(invocationJobSummaries).toEqual([job]);
});

test('a page starts where the one before ended, whatever its size', async () => {
  const { client } = await threeJobs();
  const pages: (string | undefined)[][] = [];

  for await (const { invocationJobSummaries = [] } of paginateListModelInvocationJobs(
    { client, pageSize: 1 },
    { nameContains: 'nightly' },
  )) {
    pages.push(invocationJobSummaries.map(({ jobName }) => jobName));
  }

  expect(pages).toEqual([['nightly-b'], ['nightly-a']]);
});

test.each([
  [{ maxResults: 0 }, 'maxResults'],
  [{ maxResults: 1001 }, 'maxResults'],
  [{ nextToken: 'nobody' }, 'nextToken'],
])('refuses to list with %o', async (query, field) => {
  const { client } = await localBedrock();

  const listing = client.send(new ListModelInvocationJobsCommand(query));

  await expect(listing).rejects.toMatchObject({ name: 'ValidationException', $metadata: { httpStatusCode: 400 } });
  await expect(listing).rejects.toThrow(field);
});

test('a job is found by its ARN and by its ID alone', async () => {
  const { create, get } = await localBedrock();
  const jobArn = await create();

  expect((await get(jobArn)).jobArn).toBe(jobArn);
  expect((await get(jobArn.slice(-12))).jobArn).toBe(jobArn);
});

test.each([
  ['zzzzzzzzzzzz', 'ResourceNotFoundException', 404],
  ['arn:aws:bedrock:us-east-1:123456789012:model-invocation-job/zzzzzzzzzzzz', 'ResourceNotFoundException', 404],
  ['job-1', 'ValidationException', 400],
])('Get and Stop of %s is a %s', async (jobIdentifier, name, httpStatusCode) => {
  const { client } = await localBedrock();

  const error = { name, $metadata: { httpStatusCode } };
  await expect(client.send(new GetModelInvocationJobCommand({ jobIdentifier }))).rejects.toMatchObject(error);
  await expect(client.send(new StopModelInvocationJobCommand({ jobIdentifier }))).rejects.toMatchObject(error);
});

test('the ARN of a job in another account or Region is not found', async () => {
  const { create, get } = await localBedrock();
  const jobArn = await create();

  await expect(get(jobArn.replace('123456789012', '999999999999'))).rejects.toThrow('No model invocation job');
  await expect(get(jobArn.replace('us-east-1', 'eu-west-1'))).rejects.toThrow('No model invocation job');
});

test('a job that is stopped before it runs is Stopping, then Stopped, and writes nothing', async () => {
  const { client, create, get, until, keysUnder } = await localBedrock();
  const jobArn = await create();

  await client.send(new StopModelInvocationJobCommand({ jobIdentifier: jobArn }));

  expect((await get(jobArn)).status).toBe('Stopping');
  expect(await until(jobArn)).toMatchObject({ status: 'Stopped', endTime: expect.any(Date) });
  expect(await keysUnder('out/')).toEqual([]);
});

test('a job that is stopping or over cannot be stopped', async () => {
  const { client, create, until } = await localBedrock();
  const jobIdentifier = await create();
  const stop = () => client.send(new StopModelInvocationJobCommand({ jobIdentifier }));
  await stop();

  const conflict = { name: 'ConflictException', $metadata: { httpStatusCode: 400 } };
  await expect(stop()).rejects.toMatchObject(conflict);
  await until(jobIdentifier);
  await expect(stop()).rejects.toMatchObject(conflict);
});
