import { Match } from 'aws-cdk-lib/assertions';
import { expect, test } from 'vitest';
import { environmentSchemas } from '../../../lambdas/shared/environment.ts';
import { openJobsIndex } from '../../../lambdas/shared/run-table.ts';
import { pascalCase } from '../../../lib/stack/step-lambdas.ts';
import { appWith, grantsOf, resourcesOf, templateWith, textOf } from './stack-template.ts';

const template = templateWith();
const steps = Object.keys(environmentSchemas);

function functionOf(step: string) {
  const found = resourcesOf(template, 'AWS::Lambda::Function').find(([id]) =>
    id.startsWith(`Steps${pascalCase(step)}`),
  );
  if (found === undefined) throw new Error(`The template has no function of ${step}.`);
  return found[1].Properties;
}

test('has a function for every step and no other', () => {
  expect(resourcesOf(template, 'AWS::Lambda::Function')).toHaveLength(steps.length);
  for (const step of steps) expect(functionOf(step), step).toBeDefined();
});

test('runs every function on arm64 and Node.js 24, with a timeout, JSON logs and tracing', () => {
  for (const [id, { Properties }] of resourcesOf(template, 'AWS::Lambda::Function')) {
    expect(Properties, id).toMatchObject({
      Architectures: ['arm64'],
      Runtime: 'nodejs24.x',
      Handler: 'index.handler',
      LoggingConfig: { LogFormat: 'JSON', ApplicationLogLevel: 'INFO' },
      TracingConfig: { Mode: 'Active' },
    });
    expect(Number(Properties.Timeout), id).toBeGreaterThanOrEqual(60);
    expect(Number(Properties.Timeout), id).toBeLessThanOrEqual(900);
  }
});

test('gives every function and the state machine a log group of their own, kept as long as the settings say', () => {
  const groups = resourcesOf(templateWith({ context: { logRetentionDays: '7' } }), 'AWS::Logs::LogGroup');
  const used = resourcesOf(template, 'AWS::Lambda::Function').map(([, { Properties }]) =>
    JSON.stringify(Properties.LoggingConfig),
  );

  expect(groups).toHaveLength(steps.length + 1);
  for (const [id, { Properties }] of groups) expect(Properties.RetentionInDays, id).toBe(7);
  expect(new Set(used).size).toBe(steps.length);
});

test('publishes a version of every function and keeps it when a deploy replaces it', () => {
  const versions = resourcesOf(template, 'AWS::Lambda::Version');

  expect(versions).toHaveLength(steps.length);
  for (const [id, { DeletionPolicy }] of versions) expect(DeletionPolicy, id).toBe('Retain');
});

test('lets executions that began before a deploy invoke the versions that they began with', () => {
  const invoked = grantsOf(template).filter(
    ({ role, action }) => role.startsWith('RunMachine') && action === 'lambda:InvokeFunction',
  );

  for (const [id] of resourcesOf(template, 'AWS::Lambda::Function').filter(([id]) => !id.startsWith('StepsCleanUp'))) {
    expect(invoked.map(({ resource }) => resource)).toContain(`<${id}.Arn>:*`);
  }
});

test.each(steps)('gives %s the environment that its schema takes, and no more', (step) => {
  const { Variables } = JSON.parse(JSON.stringify(functionOf(step).Environment));
  const texts = Object.fromEntries(Object.entries(Variables).map(([name, value]) => [name, textOf(value)]));
  const schema = Object.entries(environmentSchemas)
    .find(([name]) => name === step)?.[1]
    .strict();

  expect(schema?.safeParse(texts).error).toBeUndefined();
});

test('tags every Bedrock job with project and stack, and with what the settings say', () => {
  const custom = templateWith({ context: { jobTags: 'team=video,project=film', stackName: 'Films' } });
  const [, startJob] =
    resourcesOf(custom, 'AWS::Lambda::Function').find(([id]) => id.startsWith('StepsStartJob')) ?? [];

  expect(JSON.parse(JSON.parse(JSON.stringify(startJob)).Properties.Environment.Variables.JOB_TAGS)).toEqual([
    { key: 'stack', value: 'Films' },
    { key: 'team', value: 'video' },
    { key: 'project', value: 'film' },
  ]);
});

test('keeps the table when the stack goes, and has the index of open jobs that the steps read', () => {
  const [[, table] = []] = resourcesOf(template, 'AWS::DynamoDB::Table');

  expect(table?.DeletionPolicy).toBe('Retain');
  expect(table?.Properties).toMatchObject({
    BillingMode: 'PAY_PER_REQUEST',
    PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true },
    TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
    GlobalSecondaryIndexes: [
      {
        IndexName: openJobsIndex.name,
        KeySchema: [
          { AttributeName: 'openJob', KeyType: 'HASH' },
          { AttributeName: 'jobName', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['runId'] },
      },
    ],
  });
});

test('makes a private, encrypted bucket that outlives the stack and takes TLS only', () => {
  const [[, bucket] = []] = resourcesOf(template, 'AWS::S3::Bucket');

  expect(bucket?.DeletionPolicy).toBe('Retain');
  expect(bucket?.Properties).toMatchObject({
    PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true },
    BucketEncryption: {
      ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
    },
    LifecycleConfiguration: {
      Rules: [{ AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 }, Status: 'Enabled' }],
    },
  });
  template.hasResourceProperties('AWS::S3::BucketPolicy', {
    PolicyDocument: Match.objectLike({
      Statement: [Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })],
    }),
  });
});

test('changes nothing in an existing bucket', () => {
  const existing = templateWith({ context: { bucketName: 'my-media' } });

  expect(resourcesOf(existing, 'AWS::S3::Bucket')).toEqual([]);
  expect(resourcesOf(existing, 'AWS::S3::BucketPolicy')).toEqual([]);
  expect(JSON.stringify(existing.toJSON())).not.toMatch(/"Type":"(AWS::CloudFormation::CustomResource|Custom::)/);
  existing.hasOutput('Bucket', { Value: 'my-media' });
});

test('says where everything is', () => {
  const outputs = Object.keys(template.toJSON().Outputs);

  expect(outputs.sort()).toEqual(
    [
      ...['Bucket', 'StateMachineArn', 'TableName', 'BedrockRoleArn'],
      ...steps.map((step) => `${pascalCase(step)}Function`),
    ].sort(),
  );
});

test('lets a command find the stack by the tags of its state machine', () => {
  const [[, machine] = []] = resourcesOf(template, 'AWS::StepFunctions::StateMachine');
  const [[bucketId] = []] = resourcesOf(template, 'AWS::S3::Bucket');
  const [[tableId] = []] = resourcesOf(template, 'AWS::DynamoDB::Table');

  const tags = JSON.parse(JSON.stringify(machine?.Properties.Tags)).map((tag: { Key: string; Value: unknown }) => [
    tag.Key,
    textOf(tag.Value),
  ]);

  expect(Object.fromEntries(tags)).toEqual({
    'media-batch:bucket': `<${bucketId}>`,
    'media-batch:table': `<${tableId}>`,
    'media-batch:bedrock-role': expect.stringMatching(/^<BedrockRole\w+\.Arn>$/),
  });
});

test('cleans up every night, or when the settings say', () => {
  template.hasResourceProperties('AWS::Scheduler::Schedule', {
    ScheduleExpression: 'cron(0 3 * * ? *)',
    ScheduleExpressionTimezone: 'Etc/UTC',
    FlexibleTimeWindow: { Mode: 'OFF' },
    State: 'ENABLED',
    Target: Match.objectLike({ Input: '{}', RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 3 } }),
  });
  templateWith({ context: { cleanUpSchedule: 'rate(1 day)', cleanUpTimeZone: 'Asia/Tokyo' } }).hasResourceProperties(
    'AWS::Scheduler::Schedule',
    { ScheduleExpression: 'rate(1 day)', ScheduleExpressionTimezone: 'Asia/Tokyo' },
  );
});

test('warns of the deprecated input prefix', () => {
  const { stack } = appWith({ environment: { NOVA_BATCH_INPUT_PREFIX: 'nova/batch/input/' } });

  const warnings = stack.node.metadata.filter(({ type }) => type === 'aws:cdk:warning').map(({ data }) => data);

  expect(warnings).toEqual([expect.stringMatching(/^NOVA_BATCH_INPUT_PREFIX .* is deprecated and ignored/)]);
});
