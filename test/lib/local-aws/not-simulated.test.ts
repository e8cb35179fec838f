import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { BedrockClient, CreateModelInvocationJobCommand } from '@aws-sdk/client-bedrock';
import { PutBucketNotificationConfigurationCommand, RestoreObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { models } from '../../../lambdas/shared/domain/model/models.ts';
import { type LocalAws, startLocalAws } from '../../../lib/local-aws/start.ts';
import { smallStack, writeStack } from './written-stack.ts';

const credentials = { accessKeyId: 'x', secretAccessKey: 'x' };
let folder: string;
let aws: LocalAws;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'not-simulated-'));
  const templateFile = writeStack(join(folder, 'cdk.out'), smallStack);
  aws = await startLocalAws({ models, templateFile, dataFolder: join(folder, 'data') });
});
afterAll(async () => {
  await aws.close();
  rmSync(folder, { recursive: true });
});

const invocations = '/2015-03-31/functions/echo/invocations';

it.each<[service: string, what: string, request: string, headers?: Record<string, string>]>([
  ['sqs', 'the service "sqs", only bedrock, cloudformation, dynamodb, events, lambda, s3, states', 'POST /'],
  ['states', 'SendTaskSuccess of Step Functions', 'POST /', { 'x-amz-target': 'AWSStepFunctions.SendTaskSuccess' }],
  ['events', 'ListRules of EventBridge, only PutEvents', 'POST /', { 'x-amz-target': 'AWSEvents.ListRules' }],
  [
    'dynamodb',
    'TransactWriteItems of DynamoDB',
    'POST /',
    { 'x-amz-target': 'DynamoDB_20120810.TransactWriteItems', 'content-type': 'application/x-amz-json-1.0' },
  ],
  ['lambda', 'GET /2015-03-31/functions/ of Lambda, only Invoke', 'GET /2015-03-31/functions/'],
  [
    'lambda',
    'Invoke of Lambda with the invocation type Event',
    `POST ${invocations}`,
    { 'x-amz-invocation-type': 'Event' },
  ],
  ['bedrock', 'GET /foundation-models of Bedrock', 'GET /foundation-models'],
  ['bedrock', 'sortOrder of ListModelInvocationJobs', 'GET /model-invocation-jobs?sortOrder=Ascending'],
])('%s: %s', async (service, what, request, headers = {}) => {
  const [method = '', path = ''] = request.split(' ');
  const authorization = `AWS4-HMAC-SHA256 Credential=AKIA/20261120/us-east-1/${service}/aws4_request, Signature=0`;
  const body = method === 'POST' ? '{}' : undefined;

  const answer = await fetch(aws.endpoint + path, { method, body, headers: { authorization, ...headers } });

  expect([answer.status, await answer.json()]).toEqual([
    501,
    { __type: 'NotSimulated', message: `The local AWS does not simulate ${what}.` },
  ]);
});

it.each([
  ['GET', '', {}, 'GET /bucket of S3'],
  ['PUT', '?lifecycle', {}, 'PUT /bucket?lifecycle of S3'],
  ['GET', '?versioning&acl', {}, 'GET /bucket?versioning?acl of S3'],
  ['GET', '/key?torrent', {}, 'GET /bucket/key?torrent of S3'],
  ['PATCH', '/key', {}, 'PATCH /bucket/key of S3'],
  ['DELETE', '/key', { 'if-match': '"etag"' }, 'the header if-match of DeleteObject'],
  ['GET', '/key', { 'if-modified-since': 'Sun, 01 Nov 2026 12:00:00 GMT' }, 'the header if-modified-since of S3'],
  ['PUT', '/key', { 'x-amz-acl': 'public-read' }, 'the header x-amz-acl of S3'],
  ['PUT', '/key', { 'x-amz-object-lock-mode': 'GOVERNANCE' }, 'the header x-amz-object-lock-mode of S3'],
])('s3: %s of %s with %o', async (method, path, headers, what) => {
  const authorization = 'AWS4-HMAC-SHA256 Credential=AKIA/20261120/us-east-1/s3/aws4_request, Signature=0';

  const answer = await fetch(`${aws.endpoint}/${aws.bucket}${path}`, {
    method,
    headers: { authorization, ...headers },
  });

  expect(answer.status).toBe(501);
  expect(await answer.text()).toContain(
    `<Code>NotSimulated</Code><Message>The local AWS does not simulate ${what}.</Message>`,
  );
});

it('is an error that clients understand', async () => {
  const s3 = new S3Client({ endpoint: aws.endpoint, region: aws.region, credentials, forcePathStyle: true });
  const Bucket = aws.bucket;
  const QueueConfigurations = [{ QueueArn: 'arn:aws:sqs:us-east-1:1:q', Events: ['s3:ObjectCreated:*' as const] }];

  const restore = new RestoreObjectCommand({ Bucket, Key: 'k', RestoreRequest: { Days: 1 } });
  const NotificationConfiguration = { QueueConfigurations };
  const notify = new PutBucketNotificationConfigurationCommand({ Bucket, NotificationConfiguration });

  await expect(s3.send(restore)).rejects.toMatchObject({ name: 'NotSimulated', $metadata: { httpStatusCode: 501 } });
  await expect(s3.send(notify)).rejects.toThrow('QueueConfiguration of PutBucketNotificationConfiguration.');
});

it.each([
  ['vpcConfig', { vpcConfig: { subnetIds: ['s'], securityGroupIds: ['g'] } }],
  [
    's3BucketOwner',
    { inputDataConfig: { s3InputDataConfig: { s3Uri: 's3://media/in/', s3BucketOwner: '999999999999' } } },
  ],
])('is what Create answers to %s', async (field, more) => {
  const bedrock = new BedrockClient({ endpoint: aws.endpoint, region: aws.region, credentials });
  const request = {
    ...{ jobName: 'job', roleArn: aws.bedrockRoleArn, modelId: 'amazon.nova-lite-v1:0' },
    inputDataConfig: { s3InputDataConfig: { s3Uri: 's3://media/in/' } },
    outputDataConfig: { s3OutputDataConfig: { s3Uri: 's3://media/out/' } },
  };

  await expect(bedrock.send(new CreateModelInvocationJobCommand({ ...request, ...more }))).rejects.toMatchObject({
    name: 'NotSimulated',
    message: `The local AWS does not simulate ${field} of CreateModelInvocationJob.`,
  });
});
