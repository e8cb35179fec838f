import { Match } from 'aws-cdk-lib/assertions';
import type { RetryProps } from 'aws-cdk-lib/aws-stepfunctions';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { maxPollingHours } from '../../../lambdas/shared/domain/job/next-poll.ts';
import { openJobsIndex, openRunsIndex } from '../../../lambdas/shared/domain/table-indexes.ts';
import { environmentSchemas } from '../../../lambdas/shared/runtime/environment.ts';
import { pascalCase } from '../../../lib/stack/functions/step-lambdas.ts';
import { whileJobSlotsFull, whileJobStillRuns } from '../../../lib/stack/machine/retries.ts';
import { secondsOf } from './machine/machine-definition.ts';
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

function bucketOf(name: string) {
  const found = resourcesOf(template, 'AWS::S3::Bucket').find(([id]) => id.startsWith(`Storage${name}Bucket`));
  if (found === undefined) throw new Error(`The template has no bucket ${name}.`);
  return { id: found[0], ...found[1] };
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

  const ofTheMachine = resourcesOf(template, 'AWS::Lambda::Function').filter(
    ([id]) => !/^Steps(CleanUp|RecoverRuns|OnUpload|OnSchedule|OnDestroy)/.test(id),
  );
  expect(ofTheMachine).toHaveLength(steps.length - 5);
  for (const [id] of ofTheMachine) {
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

test('keeps the table when the stack goes, and has the indexes of open jobs and open runs that the steps read', () => {
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
      {
        IndexName: openRunsIndex.name,
        KeySchema: [
          { AttributeName: 'openRun', KeyType: 'HASH' },
          { AttributeName: 'runId', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'KEYS_ONLY' },
      },
    ],
  });
});

test.each(['Media', 'Staging'])('makes a private, encrypted %s bucket that takes TLS only', (name) => {
  const bucketId = bucketOf(name).id;

  expect(bucketOf(name).Properties).toMatchObject({
    PublicAccessBlockConfiguration: {
      BlockPublicAcls: true,
      BlockPublicPolicy: true,
      IgnorePublicAcls: true,
      RestrictPublicBuckets: true,
    },
    BucketEncryption: {
      ServerSideEncryptionConfiguration: [{ ServerSideEncryptionByDefault: { SSEAlgorithm: 'AES256' } }],
    },
  });
  template.hasResourceProperties('AWS::S3::BucketPolicy', {
    Bucket: { Ref: bucketId },
    PolicyDocument: Match.objectLike({
      Statement: [Match.objectLike({ Effect: 'Deny', Condition: { Bool: { 'aws:SecureTransport': 'false' } } })],
    }),
  });
});

test('keeps the media bucket when the stack goes, and expires only old files of ours in it', () => {
  const { DeletionPolicy, Properties } = bucketOf('Media');

  expect(DeletionPolicy).toBe('Retain');
  const expired = (Prefix: string, ExpirationInDays: number) => ({
    ...{ Id: expect.any(String), Status: 'Enabled', Prefix, ExpirationInDays },
    NoncurrentVersionExpiration: { NoncurrentDays: 30 },
  });
  expect(Properties.LifecycleConfiguration).toEqual({
    Rules: [
      { Id: expect.any(String), Status: 'Enabled', AbortIncompleteMultipartUpload: { DaysAfterInitiation: 7 } },
      expired('nova/batch/staging/', 14),
      expired('nova/batch/output/', 395),
      expired('nova/batch/runs/', 395),
      expired('nova/batch/input/', 395),
    ],
  });
});

test('lets S3 remove outputs and runs by the settings, and never results', () => {
  const context = { outputPrefix: 'answers/', runsPrefix: 'runs/', resultsPrefix: 'found/', retentionDays: '100' };
  const buckets = resourcesOf(templateWith({ context }), 'AWS::S3::Bucket');

  const rules = JSON.stringify(
    buckets.find(([id]) => id.startsWith('StorageMedia'))?.[1].Properties.LifecycleConfiguration,
  );
  expect(rules).toContain(
    '{"ExpirationInDays":465,"Id":"expire-outputs","NoncurrentVersionExpiration":{"NoncurrentDays":30},' +
      '"Prefix":"answers/"',
  );
  expect(rules).toContain('"Prefix":"runs/"');
  expect(rules).not.toContain('found/');
});

test('removes the staging bucket with the stack, and expires its files when no job can need them', () => {
  const { DeletionPolicy, Properties } = bucketOf('Staging');
  const seconds = ({ interval, backoffRate, maxAttempts, maxDelay }: RetryProps) =>
    secondsOf({
      IntervalSeconds: interval?.toSeconds() ?? Number.NaN,
      BackoffRate: backoffRate ?? Number.NaN,
      MaxAttempts: maxAttempts ?? Number.NaN,
      MaxDelaySeconds: maxDelay?.toSeconds() ?? Number.NaN,
    });

  const [rule] = z
    .object({ Rules: z.array(z.object({ ExpirationInDays: z.number(), AbortIncompleteMultipartUpload: z.unknown() })) })
    .parse(Properties.LifecycleConfiguration).Rules;

  expect(DeletionPolicy).toBe('Delete');
  expect(Properties.VersioningConfiguration).toBeUndefined();
  expect(rule?.AbortIncompleteMultipartUpload).toEqual({ DaysAfterInitiation: 1 });
  const needed = seconds(whileJobSlotsFull) + maxPollingHours * 3600 + seconds(whileJobStillRuns);
  expect((rule?.ExpirationInDays ?? 0) * 24 * 3600).toBeGreaterThan(needed + 24 * 3600);
});

function customTypesOf(of: ReturnType<typeof templateWith>): string[] {
  return Object.values(of.toJSON().Resources)
    .map((resource) => z.object({ Type: z.string() }).parse(resource).Type)
    .filter((type) => /^(AWS::CloudFormation::CustomResource|Custom::)/.test(type))
    .sort();
}

test('only turns EventBridge notifications on in an existing bucket', () => {
  const existing = templateWith({ context: { bucketName: 'my-media' } });

  for (const type of ['AWS::S3::Bucket', 'AWS::S3::BucketPolicy']) {
    expect(resourcesOf(existing, type).map(([id]) => id)).toEqual([expect.stringMatching(/^StorageStaging/)]);
  }
  expect(customTypesOf(existing)).toEqual(['Custom::OnDestroy', 'Custom::S3BucketNotifications']);
  const custom = resourcesOf(existing, 'Custom::S3BucketNotifications');
  expect(custom.map(([, { Properties }]) => Properties)).toEqual([
    {
      ServiceToken: expect.anything(),
      BucketName: 'my-media',
      NotificationConfiguration: { EventBridgeConfiguration: {} },
      // The bucket's other notifications are not the stack's.
      Managed: false,
      SkipDestinationValidation: true,
    },
  ]);
  existing.hasOutput('Bucket', { Value: 'my-media' });
});

test('changes nothing at all in an existing bucket when no uploads start runs', () => {
  const existing = templateWith({ context: { bucketName: 'my-media', requestUploads: 'off' } });

  expect(customTypesOf(existing)).toEqual(['Custom::OnDestroy']);
});

test('has an output for each bucket, table, queue, topic, role, machine and function', () => {
  const outputs = Object.keys(template.toJSON().Outputs);

  expect(outputs.sort()).toEqual(
    [
      ...[
        'Bucket',
        'StagingBucket',
        'StateMachineArn',
        'TableName',
        'BedrockRoleArn',
        'DeadLetterQueue',
        'AlarmTopicArn',
      ],
      ...steps.map((step) => `${pascalCase(step)}Function`),
    ].sort(),
  );
});

test('lets a command find the stack by the tags of its state machine', () => {
  const [[, machine] = []] = resourcesOf(template, 'AWS::StepFunctions::StateMachine');
  const { id: bucketId } = bucketOf('Media');
  const [[tableId] = []] = resourcesOf(template, 'AWS::DynamoDB::Table');

  const tags = JSON.parse(JSON.stringify(machine?.Properties.Tags)).map((tag: { Key: string; Value: unknown }) => [
    tag.Key,
    textOf(tag.Value),
  ]);

  expect(Object.fromEntries(tags)).toEqual({
    'media-batch:bucket': `<${bucketId}>`,
    'media-batch:table': `<${tableId}>`,
    'media-batch:bedrock-role': expect.stringMatching(/^<BedrockRole\w+\.Arn>$/),
    'media-batch:on-destroy': expect.stringMatching(/^Destroyed/),
    'media-batch:clean-up': expect.stringMatching(/^<StepsCleanUp\w+>$/),
    'media-batch:results': 'nova/batch/results/',
    'media-batch:runs': 'nova/batch/runs/',
    'media-batch:stack': 'MediaBatch',
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

test('starts a recovery every 15 minutes, and when an execution of the machine ends badly', () => {
  const [[machineId] = []] = resourcesOf(template, 'AWS::StepFunctions::StateMachine');
  const [recoveryVersion] = resourcesOf(template, 'AWS::Lambda::Version').filter(([id]) =>
    id.startsWith('StepsRecoverRuns'),
  );
  const target = { Ref: recoveryVersion?.[0] };

  template.hasResourceProperties('AWS::Scheduler::Schedule', {
    ScheduleExpression: 'rate(15 minutes)',
    State: 'ENABLED',
    Target: Match.objectLike({ Arn: target, Input: '{}' }),
  });
  template.hasResourceProperties('AWS::Events::Rule', {
    State: 'ENABLED',
    EventPattern: {
      source: ['aws.states'],
      'detail-type': ['Step Functions Execution Status Change'],
      detail: { stateMachineArn: [{ Ref: machineId }], status: ['FAILED', 'ABORTED', 'TIMED_OUT'] },
    },
    Targets: [Match.objectLike({ Arn: target })],
  });
  const [[ruleId] = []] = resourcesOf(template, 'AWS::Events::Rule');
  template.hasResourceProperties('AWS::Lambda::Permission', {
    Principal: 'events.amazonaws.com',
    FunctionName: target,
    SourceArn: { 'Fn::GetAtt': [ruleId, 'Arn'] },
  });
});

test('keeps failed events of schedules, rules and functions in an encrypted queue that takes TLS only', () => {
  const [[queueId, queue] = [], ...others] = resourcesOf(template, 'AWS::SQS::Queue');
  const arn = { 'Fn::GetAtt': [queueId, 'Arn'] };
  const versions = resourcesOf(template, 'AWS::Lambda::Version').map(([id]) => id);

  expect(others).toEqual([]);
  expect(queue?.Properties).toEqual({ SqsManagedSseEnabled: true, MessageRetentionPeriod: 14 * 24 * 3600 });
  template.hasResourceProperties('AWS::SQS::QueuePolicy', {
    PolicyDocument: Match.objectLike({
      Statement: Match.arrayWith([
        Match.objectLike({ Effect: 'Deny', Action: 'sqs:*', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }),
      ]),
    }),
  });
  const schedules = resourcesOf(template, 'AWS::Scheduler::Schedule').map(([id, { Properties }]) => [
    id.replace(/Schedule\w+$/, ''),
    z.looseObject({ DeadLetterConfig: z.unknown().optional() }).parse(Properties.Target).DeadLetterConfig,
  ]);
  // The next recovery does what one has missed.
  expect(Object.fromEntries(schedules)).toEqual({ TriggersNightly: { Arn: arn }, TriggersRecovery: undefined });
  template.allResourcesProperties('AWS::Events::Rule', {
    Targets: [Match.objectLike({ DeadLetterConfig: { Arn: arn } })],
  });
  const destined = resourcesOf(template, 'AWS::Lambda::EventInvokeConfig').map(([, { Properties }]) => {
    expect(Properties.DestinationConfig).toEqual({ OnFailure: { Destination: arn } });
    return textOf(Properties.Qualifier);
  });
  // Every function that is invoked asynchronously.
  const asynchronous = versions.filter((id) => /^Steps(CleanUp|OnUpload|OnSchedule)/.test(id));
  expect(destined.sort()).toEqual(asynchronous.map((id) => `<${id}.Version>`).sort());
});

test('gives recovery the ARN of the machine', () => {
  expect(functionOf('recover-runs').Environment).toMatchObject({
    Variables: { STATE_MACHINE_ARN: { Ref: expect.stringMatching(/^RunMachine/) } },
  });
});

test('gives the steps the quotas that the settings name', () => {
  const quotas = { 'us.amazon.nova-lite-v1:0': { maxOpenJobs: 20 } };
  const custom = templateWith({ context: { modelQuotas: JSON.stringify(quotas) } });

  const given = resourcesOf(custom, 'AWS::Lambda::Function').flatMap(([, { Properties }]) => {
    const { Variables } = z.object({ Variables: z.record(z.string(), z.unknown()) }).parse(Properties.Environment);
    return Variables.MODEL_QUOTAS ?? [];
  });

  expect(given.map((text) => JSON.parse(String(text)))).toEqual([quotas, quotas]);
});

test('warns of the deprecated input prefix', () => {
  const { stack } = appWith({ environment: { NOVA_BATCH_INPUT_PREFIX: 'nova/batch/input/' } });

  const warnings = stack.node.metadata.filter(({ type }) => type === 'aws:cdk:warning').map(({ data }) => data);

  expect(warnings).toEqual([expect.stringMatching(/^NOVA_BATCH_INPUT_PREFIX .* is deprecated and ignored/)]);
});
