import {
  BedrockClient,
  CreateModelInvocationJobCommand,
  type CreateModelInvocationJobCommandInput,
  GetModelInvocationJobCommand,
  ListModelInvocationJobsCommand,
  ListTagsForResourceCommand,
  StopModelInvocationJobCommand,
} from '@aws-sdk/client-bedrock';
import { expect, test } from 'vitest';
import { createAccess, credentialsOf } from '../../../../lib/local-aws/iam/access.ts';
import { policySchema } from '../../../../lib/local-aws/iam/statements.ts';
import { denialOf } from '../../../support/administrator.ts';
import { jobRequest, jsonl, localBedrock, padded, sample, videoRecord } from './local-bedrock.ts';

const caller = 'arn:aws:iam::123456789012:role/caller';
const serviceRole = 'arn:aws:iam::123456789012:role/bedrock-batch';
const anyJob = 'arn:aws:bedrock:us-east-1:123456789012:model-invocation-job/*';
const profile = 'arn:aws:bedrock:us-east-1:123456789012:inference-profile/us.amazon.nova-lite-v1:0';
const model = 'arn:aws:bedrock:*::foundation-model/amazon.nova-lite-v1:0';
const modelHere = model.replace('*', 'us-east-1');
const passed = { StringEquals: { 'iam:PassedToService': 'bedrock.amazonaws.com' } };

const statement = (Action: string, Resource: string, Condition = {}) => ({
  Effect: 'Allow',
  Action,
  Resource,
  Condition,
});
const policy = (...Statement: object[]) => policySchema.parse({ Version: '2012-10-17', Statement });

/** What a caller needs to create a job with tags through an inference profile. */
const create = 'bedrock:CreateModelInvocationJob';
const creating = [
  statement(create, profile),
  statement(create, model),
  statement(create, anyJob),
  statement('bedrock:TagResource', anyJob),
  statement('iam:PassRole', serviceRole, passed),
];
const invoking = [statement('bedrock:InvokeModel', profile), statement('bedrock:InvokeModel', model)];
const storing = [
  statement('s3:ListBucket', 'arn:aws:s3:::media'),
  statement('s3:GetObject', 'arn:aws:s3:::media/in/*'),
  statement('s3:PutObject', 'arn:aws:s3:::media/out/*'),
];
const onlyForJobs = {
  StringEquals: { 'aws:SourceAccount': '123456789012' },
  ArnLike: { 'aws:SourceArn': anyJob },
};

interface Roles {
  callerMay?: object[];
  roleMay?: object[];
  trusted?: string;
  trustConditions?: object;
}

/** A local Bedrock with a caller and a service role that may do just this. */
async function withRoles({
  callerMay = creating,
  roleMay = [...invoking, ...storing],
  trusted = 'bedrock.amazonaws.com',
  trustConditions = onlyForJobs,
}: Roles) {
  const access = createAccess('123456789012');
  access.addRole(caller, []);
  access.addToRole(caller, policy(...callerMay));
  const trust = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { Service: trusted } };
  access.addRole(serviceRole, policy({ ...trust, Condition: trustConditions }));
  access.addToRole(serviceRole, policy(...roleMay));
  const local = await localBedrock({ access });
  const credentials = credentialsOf(caller);
  const client = new BedrockClient({ endpoint: local.url, region: 'us-east-1', credentials, maxAttempts: 1 });
  const createAsCaller = (request: Partial<CreateModelInvocationJobCommandInput> = {}) =>
    client.send(
      new CreateModelInvocationJobCommand(
        jobRequest({ modelId: 'us.amazon.nova-lite-v1:0', tags: [{ key: 'run', value: 'a' }], ...request }),
      ),
    );
  return { ...local, administrator: local.client, client, createAsCaller };
}

const denied = { name: 'AccessDeniedException', $metadata: { httpStatusCode: 403 } };

test('a caller and a service role with the documented permissions bring a job to its end', async () => {
  const { put, createAsCaller, until } = await withRoles({});
  await put('in/clip.mp4', sample('proxies/C0126_33938_720p15.MP4'), { contentType: 'video/mp4' });
  await put('in/input.jsonl', jsonl(padded([videoRecord('a', 's3://media/in/clip.mp4')])));

  const { jobArn = '' } = await createAsCaller();

  expect(await until(jobArn)).toMatchObject({ status: 'Completed', successRecordCount: 100 });
});

test.each([
  ['the inference profile', 0, create, profile],
  ['the model behind the profile', 1, create, modelHere],
  ['jobs', 2, create, anyJob],
  ['tags', 3, 'bedrock:TagResource', anyJob],
  ['the service role', 4, 'iam:PassRole', serviceRole],
])('Create needs a permission for %s', async (_what, index, action, resource) => {
  const { createAsCaller, create: createAsAdministrator } = await withRoles({
    callerMay: creating.toSpliced(index, 1),
  });

  await expect(createAsCaller()).rejects.toMatchObject(denied);
  await expect(createAsCaller()).rejects.toThrow(denialOf(caller, action, resource));
  await expect(createAsAdministrator({ modelId: 'us.amazon.nova-lite-v1:0' })).resolves.toMatch(/^arn:/);
});

test('Create without tags needs no permission for them, and a bare model none for a profile', async () => {
  const bare = creating.filter(({ Action, Resource }) => Action !== 'bedrock:TagResource' && Resource !== profile);
  const { createAsCaller } = await withRoles({ callerMay: bare });

  await expect(createAsCaller({ modelId: 'amazon.nova-lite-v1:0', tags: [] })).resolves.toHaveProperty('jobArn');
});

test('a role may be passed to Bedrock only by those who may pass it to Bedrock', async () => {
  const toLambda = { StringEquals: { 'iam:PassedToService': 'lambda.amazonaws.com' } };
  const { createAsCaller } = await withRoles({
    callerMay: [...creating.slice(0, 4), statement('iam:PassRole', serviceRole, toLambda)],
  });

  await expect(createAsCaller()).rejects.toThrow(denialOf(caller, 'iam:PassRole', serviceRole));
});

test('a global profile is also authorised on the model without a Region', async () => {
  const modelId = 'global.amazon.nova-2-lite-v1:0';
  const [, , ...others] = creating;
  const regional = [
    statement(create, `arn:aws:bedrock:us-east-1:123456789012:inference-profile/${modelId}`),
    statement(create, 'arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-2-lite-v1:0'),
    ...others,
  ];
  const global = statement(create, 'arn:aws:bedrock:::foundation-model/amazon.nova-2-lite-v1:0');
  const may = await withRoles({ callerMay: [...regional, global] });
  const mayNot = await withRoles({ callerMay: regional });

  await expect(may.createAsCaller({ modelId })).resolves.toHaveProperty('jobArn');
  await expect(mayNot.createAsCaller({ modelId })).rejects.toThrow(denialOf(caller, create, global.Resource));
});

test.each([
  ['another service', { trusted: 'lambda.amazonaws.com' }],
  ['another account', { trustConditions: { StringEquals: { 'aws:SourceAccount': '999999999999' } } }],
  ['other jobs', { trustConditions: { ArnLike: { 'aws:SourceArn': anyJob.replace('us-east-1', 'eu-west-1') } } }],
])('a service role that trusts only %s is refused at Create, and no job is made', async (_what, roles) => {
  const { createAsCaller, administrator } = await withRoles(roles);

  await expect(createAsCaller()).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining(serviceRole),
    $metadata: { httpStatusCode: 400 },
  });
  const { invocationJobSummaries } = await administrator.send(new ListModelInvocationJobsCommand({}));
  expect(invocationJobSummaries).toEqual([]);
});

const onJob = {
  GetModelInvocationJob: (client: BedrockClient, jobIdentifier = '') =>
    client.send(new GetModelInvocationJobCommand({ jobIdentifier })),
  StopModelInvocationJob: (client: BedrockClient, jobIdentifier = '') =>
    client.send(new StopModelInvocationJobCommand({ jobIdentifier })),
};
test.each(['GetModelInvocationJob', 'StopModelInvocationJob'] as const)(
  '%s needs a permission for the job, by its ARN and by its ID alone, whether there is one or not',
  async (operation) => {
    const jobsWithA = anyJob.replace('*', 'a*');
    const { client, create } = await withRoles({ callerMay: [statement(`bedrock:${operation}`, jobsWithA)] });
    const jobArn = await create({ roleArn: serviceRole });
    const nobody = anyJob.replace('*', 'zzzzzzzzzzzz');

    for (const [jobIdentifier, resource] of [
      [jobArn, jobArn],
      [jobArn.slice(-12), jobArn],
      [nobody, nobody],
    ]) {
      const message = denialOf(caller, `bedrock:${operation}`, resource ?? '');
      await expect(onJob[operation](client, jobIdentifier)).rejects.toMatchObject({ ...denied, message });
    }
    await expect(onJob[operation](client, 'aaaaaaaaaaaa')).rejects.toThrow('No model invocation job');
  },
);

test('List is authorised on everything, and the tags of a job on the job', async () => {
  const list = 'bedrock:ListModelInvocationJobs';
  const may = await withRoles({ callerMay: [statement(list, '*'), statement('bedrock:ListTagsForResource', anyJob)] });
  const mayNot = await withRoles({ callerMay: [statement(list, anyJob)] });
  const resourceARN = await may.create({ roleArn: serviceRole, tags: [{ key: 'run', value: 'a' }] });

  const { invocationJobSummaries } = await may.client.send(new ListModelInvocationJobsCommand({}));
  const { tags } = await may.client.send(new ListTagsForResourceCommand({ resourceARN }));
  expect(invocationJobSummaries).toHaveLength(1);
  expect(tags).toEqual([{ key: 'run', value: 'a' }]);
  await expect(mayNot.client.send(new ListModelInvocationJobsCommand({}))).rejects.toThrow(denialOf(caller, list, '*'));
  await expect(mayNot.client.send(new ListTagsForResourceCommand({ resourceARN }))).rejects.toMatchObject(denied);
});

test.each([
  ['the profile', 1, profile],
  ['the model behind it', 0, modelHere],
])('a service role that may not invoke %s fails its job in validation', async (_what, kept, resource) => {
  const roleMay = [...invoking.slice(kept, kept + 1), ...storing];
  const { put, createAsCaller, until } = await withRoles({ roleMay });
  await put('in/input.jsonl', jsonl(padded([])));

  const { jobArn = '' } = await createAsCaller();

  expect((await until(jobArn, 'Validating')).status).toBe('Validating');
  const message = denialOf(serviceRole, 'bedrock:InvokeModel', resource);
  expect(await until(jobArn)).toMatchObject({ status: 'Failed', message, totalRecordCount: 0 });
});

test('a service role that may not write where the output goes fails its job in validation', async () => {
  const { put, create, until } = await withRoles({});
  await put('in/input.jsonl', jsonl(padded([])));
  const outputDataConfig = { s3OutputDataConfig: { s3Uri: 's3://media/elsewhere' } };

  const jobArn = await create({ roleArn: serviceRole, outputDataConfig });

  const message = denialOf(
    serviceRole,
    's3:PutObject',
    `arn:aws:s3:::media/elsewhere/${jobArn.slice(-12)}/manifest.json.out`,
  );
  expect(await until(jobArn)).toMatchObject({ status: 'Failed', message, totalRecordCount: 0 });
});

test('a model of the Region needs only what its role does in S3', async () => {
  const { put, create, until } = await withRoles({ roleMay: storing });
  await put('in/input.jsonl', jsonl(padded([])));

  expect((await until(await create({ roleArn: serviceRole }))).status).toBe('Completed');
});

test.each([
  ['list the input', 'GET /media/?list-type=2'],
  ['read the input', 'GET /media/in/input.jsonl'],
  ['write the output', 'PUT /media/out/'],
])('a job whose role may not %s has failed, and says who was denied what', async (_what, deniedInS3) => {
  const { put, create, until } = await localBedrock({ deniedInS3 });
  await put('in/input.jsonl', jsonl(padded([])));

  const job = await until(await create({ roleArn: serviceRole }));

  expect(job.status).toBe('Failed');
  expect(job.message).toBe(
    `S3 refused ${serviceRole}: AccessDenied: User: x is not authorized to perform: ${deniedInS3.slice(0, 3)}`,
  );
});

test('media that the role may not read fail in their record, and the job continues', async () => {
  const { put, answer } = await localBedrock({ deniedInS3: 'HEAD /media/in/secret.mp4' });
  await put('in/secret.mp4', sample('proxies/C0126_33938_720p15.MP4'), { contentType: 'video/mp4' });

  const { job, lines } = await answer([videoRecord('secret', 's3://media/in/secret.mp4')]);

  const errorMessage = 'Access to the object in/secret.mp4 was denied.';
  expect(lines.get('secret')?.error).toMatchObject({ errorCode: 400, errorMessage, retryable: false });
  expect(job).toMatchObject({ status: 'Completed', successRecordCount: 99, errorRecordCount: 1 });
});
