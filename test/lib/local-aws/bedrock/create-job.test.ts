import {
  BedrockClient,
  CreateModelInvocationJobCommand,
  ListModelInvocationJobsCommand,
} from '@aws-sdk/client-bedrock';
import { beforeAll, expect, test } from 'vitest';
import { jobRequest, localBedrock, startedAt, startLocalBedrock } from './local-bedrock.ts';

const refused = (name: string, status: number) => ({ name, $metadata: { httpStatusCode: status } });

test('a new job is shown as it was asked for, Submitted, and with every counter at zero', async () => {
  const { create, get } = await localBedrock();

  const jobArn = await create({
    jobName: 'nightly',
    clientRequestToken: 'token-1',
    tags: [{ key: 'run', value: 'a' }],
  });

  const { $metadata, ...job } = await get(jobArn);
  expect(jobArn).toMatch(/^arn:aws:bedrock:us-east-1:123456789012:model-invocation-job\/[a-z0-9]{12}$/);
  expect(job).toEqual({
    jobArn,
    jobName: 'nightly',
    clientRequestToken: 'token-1',
    modelId: 'amazon.nova-lite-v1:0',
    roleArn: 'arn:aws:iam::123456789012:role/bedrock-batch',
    status: 'Submitted',
    submitTime: new Date(startedAt),
    lastModifiedTime: new Date(startedAt),
    jobExpirationTime: new Date(startedAt + 72 * 3_600_000),
    timeoutDurationInHours: 72,
    modelInvocationType: 'InvokeModel',
    inputDataConfig: { s3InputDataConfig: { s3Uri: 's3://media/in/' } },
    outputDataConfig: { s3OutputDataConfig: { s3Uri: 's3://media/out/' } },
    totalRecordCount: 0,
    processedRecordCount: 0,
    successRecordCount: 0,
    errorRecordCount: 0,
  });
});

let create: Awaited<ReturnType<typeof startLocalBedrock>>['create'];
beforeAll(async () => {
  const local = await startLocalBedrock();
  create = local.create;
  return local.close;
});

const input = (s3Uri: string) => ({ inputDataConfig: { s3InputDataConfig: { s3Uri } } });
const output = (s3Uri: string) => ({ outputDataConfig: { s3OutputDataConfig: { s3Uri } } });

test.each([
  ['an underscore in the job name', { jobName: 'my_job' }, 'jobName'],
  ['a job name of 64 characters', { jobName: 'j'.repeat(64) }, 'jobName'],
  ['a job name that begins with a hyphen', { jobName: '-job' }, 'jobName'],
  ['an underscore in the token', { clientRequestToken: 'a_b' }, 'clientRequestToken'],
  ['a token that ends in a hyphen', { clientRequestToken: 'a-' }, 'clientRequestToken'],
  ['a role that is no role', { roleArn: 'arn:aws:iam::123456789012:user/me' }, 'roleArn'],
  ['a space in the input', input('s3://media/my videos/'), 'inputDataConfig.s3InputDataConfig.s3Uri'],
  ['an equals sign in the input', input('s3://media/dt=2026-01-01/'), 'inputDataConfig.s3InputDataConfig.s3Uri'],
  ['two slashes at the end of the input', input('s3://media/in//'), 'inputDataConfig.s3InputDataConfig.s3Uri'],
  ['an empty folder name in the input', input('s3://media/a//b/'), 'inputDataConfig.s3InputDataConfig.s3Uri'],
  ['an input of 1,025 characters', input(`s3://media/${'a'.repeat(1014)}`), 'inputDataConfig.s3InputDataConfig.s3Uri'],
  ['a comma in the output', output('s3://media/a,b/'), 'outputDataConfig.s3OutputDataConfig.s3Uri'],
  ['a timeout of 23 hours', { timeoutDurationInHours: 23 }, 'timeoutDurationInHours'],
  ['a timeout of 169 hours', { timeoutDurationInHours: 169 }, 'timeoutDurationInHours'],
  ['a tag value with a comma', { tags: [{ key: 'a', value: 'b,c' }] }, 'tags.0.value'],
  ['51 tags', { tags: Array.from({ length: 51 }, (_, n) => ({ key: `k${n}`, value: '' })) }, 'tags'],
])('refuses %s, naming the field', async (_what, request, field) => {
  await expect(create(request)).rejects.toMatchObject(refused('ValidationException', 400));
  await expect(create(request)).rejects.toThrow(`Value at '${field}'`);
});

test.each([
  ['a name with every character that it may have', { jobName: 'a.B-c+9' }],
  ['a name of 63 characters', { jobName: 'j'.repeat(63) }],
  ['a bucket without a slash', input('s3://media')],
  ['every character that an input may have', input("s3://media/aZ9-!_*'()./b.jsonl")],
  ['timeouts of 24 hours', { timeoutDurationInHours: 24 }],
  ['timeouts of 168 hours', { timeoutDurationInHours: 168 }],
  ['a UUID as the token', { clientRequestToken: '5f2b1c1e-6c1f-4f0e-9c8c-0a4c7f7a2d11' }],
])('accepts %s', async (_what, request) => {
  await expect(create(request)).resolves.toMatch(/^arn:/);
});

test('names every wrong field of a request, and refuses a body that is no JSON', async () => {
  const { create, url } = await localBedrock();
  const authorization = 'AWS4-HMAC-SHA256 Credential=AKIA/20261120/us-east-1/bedrock/aws4_request, Signature=0';

  await expect(create({ jobName: 'a_b', timeoutDurationInHours: 1 })).rejects.toThrow(
    /^2 validation errors detected: .*'jobName'.*'timeoutDurationInHours'/,
  );
  const answer = await fetch(`${url}/model-invocation-job`, { method: 'POST', headers: { authorization }, body: '{' });
  expect([answer.status, answer.headers.get('x-amzn-errortype')]).toEqual([400, 'ValidationException']);
});

test('a repeated token answers with its first job and creates no second one, even after a failure', async () => {
  const { create, until, client } = await localBedrock();
  const request = { clientRequestToken: 'once', jobName: 'first' };
  const first = await create(request);
  const again = await create(request);
  const failed = await until(first);
  const later = await create({ ...request, jobName: 'second', modelId: 'no-such-model' });

  expect(failed.status).toBe('Failed');
  expect([again, later]).toEqual([first, first]);
  const { invocationJobSummaries } = await client.send(new ListModelInvocationJobsCommand({}));
  expect(invocationJobSummaries).toHaveLength(1);
});

test('a job name cannot be used twice, even when its first job is over', async () => {
  const { create, until } = await localBedrock();
  await until(await create({ jobName: 'nightly' }));

  await expect(create({ jobName: 'nightly' })).rejects.toMatchObject(refused('ConflictException', 400));
});

test('one job more than the model allows is refused until one of them is over', async () => {
  const { create, until } = await localBedrock({ quotas: { maxOpenJobs: 2 } });
  const first = await create();
  await create({ modelId: 'us.amazon.nova-lite-v1:0' });

  await expect(create()).rejects.toMatchObject(refused('ServiceQuotaExceededException', 400));
  await expect(create({ modelId: 'amazon.nova-pro-v1:0' })).resolves.toMatch(/^arn:/);
  await until(first);
  await expect(create()).resolves.toMatch(/^arn:/);
});

test('quotas may be set for every model, and for single ones, which win', async () => {
  const quotas = { maxOpenJobs: 2, perModel: { 'amazon.nova-lite-v1:0': { maxOpenJobs: 1 } } };
  const { create } = await localBedrock({ quotas });
  const pro = () => create({ modelId: 'amazon.nova-pro-v1:0' });
  await create();
  await pro();

  await expect(create()).rejects.toThrow('1 batch jobs with amazon.nova-lite-v1:0 are not over, of at most 1.');
  await pro();
  await expect(pro()).rejects.toThrow('2 batch jobs with amazon.nova-pro-v1:0 are not over, of at most 2.');
});

test.each([
  ['us-east-1', 'amazon.nova-lite-v1:0'],
  ['us-east-1', 'arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0'],
  ['us-west-2', 'us.amazon.nova-premier-v1:0'],
  ['eu-west-1', 'eu.amazon.nova-lite-v1:0'],
  ['eu-west-2', 'global.amazon.nova-2-lite-v1:0'],
  ['eu-central-1', 'arn:aws:bedrock:eu-central-1:123456789012:inference-profile/eu.amazon.nova-2-lite-v1:0'],
])('in %s a job may use %s', async (region, modelId) => {
  const { create } = await localBedrock({ region });

  await expect(create({ modelId })).resolves.toMatch(/^arn:/);
});

test.each([
  ['us-east-1', 'anthropic.claude-nobody-knows-v1:0'],
  ['us-east-1', 'amazon.nova-reel-v1:0'],
  ['us-east-1', 'global.amazon.nova-lite-v1:0'],
  ['us-east-1', 'amazon.nova-2-lite-v1:0'],
  ['us-west-2', 'amazon.nova-lite-v1:0'],
  ['eu-west-1', 'us.amazon.nova-lite-v1:0'],
  ['eu-west-1', 'eu.amazon.nova-premier-v1:0'],
  ['us-east-1', 'xamazon.nova-lite-v1:0'],
  ['us-east-1', 'apac.us.amazon.nova-lite-v1:0'],
  ['us-east-1', 'arn:aws:bedrock:us-west-2::foundation-model/amazon.nova-lite-v1:0'],
  ['us-east-1', 'arn:aws:bedrock:us-east-1:999999999999:inference-profile/us.amazon.nova-lite-v1:0'],
  ['us-east-1', 'arn:aws:bedrock:us-east-1::foundation-model/us.amazon.nova-lite-v1:0'],
])('in %s a job may not use %s', async (region, modelId) => {
  const { create } = await localBedrock({ region });

  await expect(create({ modelId })).rejects.toMatchObject(refused('ValidationException', 400));
});

test('an operation fails as often as the scenario says, or loses only its answer', async () => {
  const { create, get, url } = await localBedrock({
    faults: [
      { operation: 'CreateModelInvocationJob', code: 'ThrottlingException', calls: 1 },
      { operation: 'CreateModelInvocationJob', code: 'ServiceQuotaExceededException', calls: 1 },
      { operation: 'CreateModelInvocationJob', code: 'InternalServerException', calls: 1, afterwards: true },
    ],
  });
  const request = jobRequest({ clientRequestToken: 'once' });

  await expect(create(request)).rejects.toMatchObject(refused('ThrottlingException', 429));
  await expect(create(request)).rejects.toMatchObject(refused('ServiceQuotaExceededException', 400));
  await expect(create(request)).rejects.toMatchObject(refused('InternalServerException', 500));
  const jobArn = await create({ ...request, jobName: 'another' });
  expect((await get(jobArn)).jobName).toBe(request.jobName);

  const credentials = { accessKeyId: 'AKIA', secretAccessKey: 'x' };
  const retrying = new BedrockClient({ endpoint: url, region: 'us-east-1', credentials });
  await expect(retrying.send(new CreateModelInvocationJobCommand(jobRequest()))).resolves.toHaveProperty('jobArn');
});
