import { expect, test } from 'vitest';
import { type Grant, grantsOf, resourcesOf, templateWith, textOf } from '../stack-template.ts';

const template = templateWith();
const grants = grantsOf(template);
const bucket = /^<StorageMediaBucket\w+\.Arn>/;
const ownObjects = new RegExp(
  [
    /^<StorageMediaBucket\w+\.Arn>\/batch_input_\*\.jsonl$/,
    /^<StorageMediaBucket\w+\.Arn>\/nova\/batch\/(output|runs|results|staging|input)\/\*$/,
    /^<StorageMediaBucket\w+\.Arn>\/requests\/\*\.json\.error\.txt$/,
    /^<StorageStagingBucket\w+\.Arn>\/\*$/,
  ]
    .map(({ source }) => source)
    .join('|'),
);

function resourcesFor(role: string, action: string, all: readonly Grant[] = grants): string[] {
  return all.filter((grant) => grant.role.startsWith(role) && grant.action === action).map(({ resource }) => resource);
}

test('grants no action with a wildcard', () => {
  expect(grants.map(({ action }) => action).filter((action) => action.includes('*'))).toEqual([]);
});

test('grants everything only where AWS takes no resource', () => {
  const actions = grants.filter(({ resource }) => resource === '*').map(({ action }) => action);

  expect([...new Set(actions)].filter((action) => !/^(xray:|logs:)/.test(action))).toEqual([
    'bedrock:ListModelInvocationJobs',
  ]);
});

test('gives no role a managed policy', () => {
  for (const [id, { Properties }] of resourcesOf(template, 'AWS::IAM::Role')) {
    expect(Properties.ManagedPolicyArns, id).toBeUndefined();
  }
});

test('lets no role write or delete media', () => {
  const changes = grants.filter(({ action }) => /^s3:(Put|Delete|Abort)/.test(action));

  expect(changes.length).toBeGreaterThan(10);
  for (const { role, action, resource } of changes) expect(resource, `${role} ${action}`).toMatch(ownObjects);
});

test('lets no role delete results', () => {
  const deleted = grants.filter(({ action }) => /^s3:DeleteObject/.test(action)).map(({ resource }) => resource);

  expect(deleted.filter((resource) => resource.includes('results'))).toEqual([]);
});

test('lets only plan-run, prepare-job and Bedrock read all media', () => {
  const readers = grants.filter(
    ({ action, resource }) => action === 's3:GetObject' && /^<StorageMediaBucket\w+\.Arn>\/\*$/.test(resource),
  );

  expect(readers.map(({ role }) => role.replace(/\w{8}$/, ''))).toEqual([
    'BedrockRole',
    'StepsPlanRunRole',
    'StepsPrepareJobRole',
  ]);
});

test.each([
  ['s3:PutObject', ['StepsPrepareJobRole']],
  ['s3:DeleteObject', ['StepsSettleJobRole', 'StepsCleanUpRole', 'StepsOnDestroyRole']],
  ['s3:GetObject', ['BedrockRole', 'StepsCleanUpRole']],
  ['s3:ListBucket', ['BedrockRole', 'StepsSettleJobRole', 'StepsCleanUpRole', 'StepsOnDestroyRole']],
])('lets only the roles that need it use %s in the staging bucket', (action, roles) => {
  const users = grants.filter((grant) => grant.action === action && grant.resource.startsWith('<StorageStagingBucket'));

  expect(users.map(({ role }) => role.replace(/\w{8}$/, ''))).toEqual(roles);
});

test('lets Bedrock write below the output prefix only', () => {
  const custom = grantsOf(templateWith({ context: { outputPrefix: 'answers/' } }));

  expect(resourcesFor('BedrockRole', 's3:PutObject', custom)).toEqual([expect.stringMatching(/\.Arn>\/answers\/\*$/)]);
});

test('lets Bedrock use buckets of this account only', () => {
  const onS3 = grants.filter(({ role, action }) => role.startsWith('BedrockRole') && action.startsWith('s3:'));

  expect(onS3).toHaveLength(5);
  for (const { condition } of onS3) {
    expect(condition).toEqual({ StringEquals: { 'aws:ResourceAccount': { Ref: 'AWS::AccountId' } } });
  }
});

test('lets only batch jobs of this account and Region take on the role of Bedrock', () => {
  const [, role] = resourcesOf(template, 'AWS::IAM::Role').find(([id]) => id.startsWith('BedrockRole')) ?? [];
  const { Statement } = JSON.parse(JSON.stringify(role?.Properties.AssumeRolePolicyDocument));

  expect(Statement).toHaveLength(1);
  expect(Statement[0]).toMatchObject({ Principal: { Service: 'bedrock.amazonaws.com' }, Action: 'sts:AssumeRole' });
  expect(Statement[0].Condition.StringEquals).toEqual({ 'aws:SourceAccount': { Ref: 'AWS::AccountId' } });
  expect(textOf(Statement[0].Condition.ArnLike['aws:SourceArn'])).toBe(
    'arn:aws:bedrock:us-east-1:<AWS::AccountId>:model-invocation-job/*',
  );
});

test.each([
  {
    what: 'a profile of the geography',
    region: 'eu-central-1',
    models: 'eu.amazon.nova-lite-v1:0',
    arns: [
      'arn:aws:bedrock:*::foundation-model/amazon.nova-lite-v1:0',
      'arn:aws:bedrock:eu-central-1:<AWS::AccountId>:inference-profile/eu.amazon.nova-lite-v1:0',
    ],
  },
  {
    what: 'the global profile',
    region: 'us-east-1',
    models: 'global.amazon.nova-2-lite-v1:0',
    arns: [
      'arn:aws:bedrock:*::foundation-model/amazon.nova-2-lite-v1:0',
      'arn:aws:bedrock:::foundation-model/amazon.nova-2-lite-v1:0',
      'arn:aws:bedrock:us-east-1:<AWS::AccountId>:inference-profile/global.amazon.nova-2-lite-v1:0',
    ],
  },
  {
    what: 'a model in its Region',
    region: 'us-east-1',
    models: 'amazon.nova-pro-v1:0',
    arns: ['arn:aws:bedrock:us-east-1::foundation-model/amazon.nova-pro-v1:0'],
  },
])('lets Bedrock run, and Start job ask for, $what', ({ region, models, arns }) => {
  const custom = grantsOf(templateWith({ context: { models }, environment: { CDK_DEFAULT_REGION: region } }));

  expect(resourcesFor('BedrockRole', 'bedrock:InvokeModel', custom).sort()).toEqual(arns);
  expect(resourcesFor('StepsStartJob', 'bedrock:CreateModelInvocationJob', custom).sort()).toEqual(
    [...arns, `arn:aws:bedrock:${region}:<AWS::AccountId>:model-invocation-job/*`].sort(),
  );
});

test('lets only Start job hand over the role of Bedrock, and to Bedrock only', () => {
  const passes = grants.filter(({ action }) => action === 'iam:PassRole');

  expect(passes).toEqual([
    {
      role: expect.stringMatching(/^StepsStartJobRole/),
      action: 'iam:PassRole',
      resource: expect.stringMatching(/^<BedrockRole\w+\.Arn>$/),
      condition: { StringEquals: { 'iam:PassedToService': 'bedrock.amazonaws.com' } },
    },
  ]);
});

test.each([
  ['StepsPrepareJob', 'executions of jobs, which hold the lock', ['/RunJobs']],
  ['StepsCleanUp', 'executions of jobs and of runs', ['/RunJobs', undefined]],
])('lets %s describe %s, and no others', (role, _, maps) => {
  const described = resourcesFor(role, 'states:DescribeExecution').map(
    (resource) => /:execution:.*\}(\/\w+)?:\*$/.exec(resource)?.[1],
  );

  expect(described).toEqual(maps);
});

test('lets only recovery and the triggers start executions, and recovery describe any of this machine', () => {
  const starters = grants.filter(({ action, role }) => action === 'states:StartExecution' && role.startsWith('Steps'));
  const described = resourcesFor('StepsRecoverRuns', 'states:DescribeExecution').map((resource) =>
    /:execution:.*\}(\/\w+)?:\*$/.exec(resource)?.[0]?.includes('/RunJobs:*'),
  );

  expect(starters.map(({ role }) => role.replace(/Role\w+$/, ''))).toEqual([
    'StepsRecoverRuns',
    'StepsOnUpload',
    'StepsOnSchedule',
  ]);
  for (const { resource } of starters) expect(resource).toMatch(/^<RunMachine\w+>$/);
  expect(described.sort()).toEqual([false, true]);
});

test('lets recovery use no objects at all', () => {
  const onObjects = grants.filter(
    ({ role, action }) => role.startsWith('StepsRecoverRuns') && action.startsWith('s3:'),
  );

  expect(onObjects).toEqual([]);
});

test('grants the key of an existing bucket to Bedrock and to the steps that read or write objects', () => {
  const key = 'arn:aws:kms:us-east-1:111122223333:key/1234abcd';
  const custom = grantsOf(templateWith({ context: { bucketName: 'my-media', bucketKeyArn: key } }));
  const roles = (action: string) =>
    custom
      .filter((grant) => grant.action === action && grant.resource === key)
      .map(({ role }) => role.replace(/\w{8}$/, ''));

  const expected = [
    'BedrockRole',
    ...['PlanRun', 'PrepareJob', 'CollectResults', 'ReportRun', 'CleanUp', 'OnUpload', 'OnDestroy'].map(
      (step) => `Steps${step}Role`,
    ),
  ];
  expect(roles('kms:Decrypt')).toEqual(expected);
  expect(roles('kms:GenerateDataKey')).toEqual(expected);
  expect(grants.filter(({ action }) => action.startsWith('kms:'))).toEqual([]);
});

test('names an existing bucket', () => {
  const custom = grantsOf(templateWith({ context: { bucketName: 'my-media' } }));

  expect(resourcesFor('StepsPlanRun', 's3:ListBucket', custom)).toEqual(['arn:aws:s3:::my-media']);
  expect(custom.filter(({ resource }) => bucket.test(resource))).toEqual([]);
});

test('lets only the report send events, of one kind and on the default bus', () => {
  const senders = grants.filter(({ action }) => action === 'events:PutEvents');

  expect(senders).toEqual([
    {
      role: expect.stringMatching(/^StepsReportRunRole/),
      action: 'events:PutEvents',
      resource: 'arn:aws:events:us-east-1:<AWS::AccountId>:event-bus/default',
      condition: { StringEquals: { 'events:source': 'bedrock-media-batch', 'events:detail-type': 'Run Ended' } },
    },
  ]);
});
