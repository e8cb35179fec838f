import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { HeadBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  ListTagsForResourceCommand,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { models } from '../../../../lambdas/shared/domain/model/models.ts';
import type { EventScenario } from '../../../../lib/local-aws/events/bus.ts';
import { type LocalAws, startLocalAws } from '../../../../lib/local-aws/start.ts';
import { expectOneSentence } from '../../../support/one-sentence.ts';
import { allow, echo, functionOf, machineOf, role, smallStack, table, writeStack } from '../written-stack.ts';

const roleArn = { 'Fn::GetAtt': ['Role', 'Arn'] };
let folder: string;
let aws: LocalAws | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'deploy-'));
});

afterEach(async () => {
  await aws?.close();
  aws = undefined;
  rmSync(folder, { recursive: true });
});

/** Deploys the small stack with these resources added or put in place of its own; undefined removes one. */
async function deploy(
  resources: Record<string, unknown> = {},
  sources?: string[],
  events?: EventScenario,
): Promise<LocalAws> {
  const template = { ...smallStack, Resources: { ...smallStack.Resources, ...resources } };
  const templateFile = writeStack(join(folder, 'cdk.out'), template, sources);
  aws = await startLocalAws({ models, templateFile, dataFolder: join(folder, 'data'), region: 'eu-central-1', events });
  return aws;
}

function clientOptions({ endpoint, region }: LocalAws) {
  return { endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
}

async function messageOfRefusal(resources: Record<string, unknown>): Promise<string> {
  const error: unknown = await deploy(resources).catch((reason) => reason);
  if (!(error instanceof Error)) throw new Error('The stack was deployed, expected a refusal.');
  return error.message;
}

describe('a deployed stack', () => {
  it('has its bucket and its table with their indexes', async () => {
    const { bucket, tableName, ...local } = await deploy();

    expect(bucket).toMatch(/^small-bucket-[0-9a-f]{12}$/);
    await new S3Client(clientOptions({ bucket, tableName, ...local })).send(new HeadBucketCommand({ Bucket: bucket }));
    const dynamodb = new DynamoDBClient(clientOptions({ bucket, tableName, ...local }));
    const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: tableName }));
    expect(Table).toMatchObject({
      TableStatus: 'ACTIVE',
      KeySchema: [{ AttributeName: 'pk', KeyType: 'HASH' }],
      GlobalSecondaryIndexes: [{ IndexName: 'open-jobs', KeySchema: [{ AttributeName: 'openJob', KeyType: 'HASH' }] }],
    });
  });

  it('has functions with their code, environment and version', async () => {
    const local = await deploy();

    const { Payload, ExecutedVersion } = await new LambdaClient(clientOptions(local)).send(
      new InvokeCommand({ FunctionName: local.resources.get('CleanUpVersion')?.ref, Payload: '{"a":1}' }),
    );

    expect(ExecutedVersion).toBe('1');
    expect(JSON.parse(Buffer.from(Payload ?? []).toString())).toMatchObject({
      event: { a: 1 },
      environment: { TABLE_NAME: local.tableName, AWS_REGION: 'eu-central-1', AWS_ENDPOINT_URL: local.endpoint },
    });
  });

  it('has a state machine that runs its functions, with its tags', async () => {
    const local = await deploy({
      Machine: machineOf('CleanUp', { Tags: [{ Key: 'media-batch:bucket', Value: { Ref: 'Bucket' } }] }),
    });
    const sfn = new SFNClient(clientOptions(local));
    const { stateMachineArn } = local;

    const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn, input: '{"a":1}' }));
    await expect
      .poll(async () => (await sfn.send(new DescribeExecutionCommand({ executionArn }))).status)
      .toBe('SUCCEEDED');

    const { output = '' } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    expect(JSON.parse(output)).toMatchObject({ event: { a: 1 } });
    const { tags } = await sfn.send(new ListTagsForResourceCommand({ resourceArn: stateMachineArn }));
    expect(tags).toEqual([{ key: 'media-batch:bucket', value: local.bucket }]);
  });

  it('fails an execution with the name of the error that its function throws', async () => {
    const source =
      "export const handler = async () => { throw Object.assign(new Error('no'), { name: 'FolderBusy' }); };";
    const local = await deploy({ Fails: functionOf(source), Machine: machineOf('Fails') }, [echo, source]);
    const sfn = new SFNClient(clientOptions(local));

    const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn: local.stateMachineArn }));
    await expect
      .poll(async () => (await sfn.send(new DescribeExecutionCommand({ executionArn }))).status)
      .toBe('FAILED');

    const { error, cause = '' } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
    expect(error).toBe('FolderBusy');
    expect(JSON.parse(cause)).toMatchObject({ errorType: 'FolderBusy', errorMessage: 'no' });
  });

  it('gives what its roles may do, from their own policies and those beside them', async () => {
    const { grants, bedrockRoleArn, bucket } = await deploy({
      Policy: {
        Type: 'AWS::IAM::Policy',
        Properties: {
          Roles: [{ Ref: 'Role' }],
          PolicyDocument: allow({
            Action: ['s3:GetObject', 's3:PutObject'],
            Resource: { 'Fn::Join': ['', [{ 'Fn::GetAtt': ['Bucket', 'Arn'] }, '/*']] },
          }),
        },
      },
    });

    const ofRole = { roleArn: bedrockRoleArn, used: false };
    expect(grants()).toEqual([
      { ...ofRole, action: '*', resource: '*' },
      { ...ofRole, action: 's3:GetObject', resource: `arn:aws:s3:::${bucket}/*` },
      { ...ofRole, action: 's3:PutObject', resource: `arn:aws:s3:::${bucket}/*` },
    ]);
  });

  it('fires its schedules when the clock passes them, at the version that they name', async () => {
    const fired = join(folder, 'fired');
    const source = `import { appendFileSync } from 'node:fs';
      export const handler = async ({ at }, { functionVersion }) =>
        appendFileSync(${JSON.stringify(fired)}, at + ' ' + functionVersion + '\\n');`;
    const schedule = (State: string) => ({
      Type: 'AWS::Scheduler::Schedule',
      Properties: {
        ScheduleExpression: 'cron(0 3 * * ? *)',
        State,
        Target: { Arn: { Ref: 'NightlyVersion' }, Input: '{"at":"<aws.scheduler.scheduled-time>"}', RoleArn: roleArn },
      },
    });
    const { clock } = await deploy(
      {
        Nightly: functionOf(source),
        NightlyVersion: { Type: 'AWS::Lambda::Version', Properties: { FunctionName: { Ref: 'Nightly' } } },
        Schedule: schedule('ENABLED'),
        Disabled: schedule('DISABLED'),
      },
      [echo, source],
    );

    await clock.sleep(86_400_000);
    await clock.sleep(1);

    expect(readFileSync(fired, 'utf8')).toMatch(/^\d{4}-\d\d-\d\dT03:00:00Z 1\n$/);
  });

  it('invokes a rule’s function for a new object, with the key as it was given', async () => {
    const file = join(folder, 'told');
    const tells = `import { writeFileSync } from 'node:fs';
      export const handler = async (event) => writeFileSync(${JSON.stringify(file)}, JSON.stringify(event));`;
    const pattern = { source: ['aws.s3'], detail: { object: { key: [{ prefix: 'requests/' }] } } };
    const NotificationConfiguration = { EventBridgeConfiguration: { EventBridgeEnabled: true } };
    const Told = { 'Fn::GetAtt': ['Told', 'Arn'] };
    const { clock, bucket, ...local } = await deploy(
      {
        Bucket: { Type: 'AWS::S3::Bucket', Properties: { NotificationConfiguration } },
        Told: functionOf(tells),
        Rule: {
          Type: 'AWS::Events::Rule',
          Properties: { EventPattern: pattern, Targets: [{ Id: 'Told', Arn: Told }] },
        },
        Permission: {
          Type: 'AWS::Lambda::Permission',
          Properties: { Action: 'lambda:InvokeFunction', FunctionName: Told, Principal: 'events.amazonaws.com' },
        },
      },
      [echo, tells],
    );
    const s3 = new S3Client(clientOptions({ clock, bucket, ...local }));
    const Key = 'requests/mein + Video 100%.json';

    await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: '{}' }));
    await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'elsewhere.json', Body: '{}' }));
    await clock.sleep(60_000);

    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      source: 'aws.s3',
      'detail-type': 'Object Created',
      resources: [`arn:aws:s3:::${bucket}`],
      detail: { bucket: { name: bucket }, object: { key: Key, size: 2 }, reason: 'PutObject' },
    });
  });

  describe('with a rule for executions that fail', () => {
    const fails = "export const handler = async () => { throw new Error('no'); };";
    const pattern = { source: ['aws.states'], detail: { status: ['FAILED'] } };
    const rule = {
      Type: 'AWS::Events::Rule',
      Properties: { EventPattern: pattern, Targets: [{ Id: 'Told', Arn: { 'Fn::GetAtt': ['Told', 'Arn'] } }] },
    };
    const permission = {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        Action: 'lambda:InvokeFunction',
        FunctionName: { 'Fn::GetAtt': ['Told', 'Arn'] },
        Principal: 'events.amazonaws.com',
        SourceArn: { 'Fn::GetAtt': ['Rule', 'Arn'] },
      },
    };

    /** The events that the function got after an execution had failed and a day had passed. */
    async function told(resources: Record<string, unknown>, events?: EventScenario): Promise<string[]> {
      const file = join(folder, 'told');
      writeFileSync(file, '');
      const tells = `import { appendFileSync } from 'node:fs';
        export const handler = async ({ detail }) => appendFileSync(${JSON.stringify(file)}, detail.name + ' ');`;
      const stack = { Fails: functionOf(fails), Machine: machineOf('Fails'), Told: functionOf(tells), Rule: rule };
      const local = await deploy({ ...stack, ...resources }, [echo, fails, tells], events);
      const sfn = new SFNClient(clientOptions(local));
      await sfn.send(new StartExecutionCommand({ stateMachineArn: local.stateMachineArn, name: 'failing' }));
      await local.clock.sleep(86_400_000);
      await local.clock.sleep(1);
      return readFileSync(file, 'utf8').trim().split(' ');
    }

    it('invokes the function that the rule names', async () => {
      expect(await told({ Permission: permission })).toHaveLength(1);
    });

    it('invokes it twice where the scenario says so, because delivery is at least once', async () => {
      expect(await told({ Permission: permission }, { double: 1 })).toHaveLength(2);
    });

    it('does not invoke it where the scenario says so, because delivery is best effort', async () => {
      expect(await told({ Permission: permission }, { lose: 1 })).toEqual(['']);
    });

    it('does not invoke it without the function’s permission for that rule', async () => {
      const warnings: string[] = [];
      const listener = (warning: Error) => void warnings.push(warning.message);
      process.on('warning', listener);
      onTestFinished(() => void process.off('warning', listener));
      const SourceArn = 'arn:aws:events:eu-central-1:000000000000:rule/another';
      const other = { ...permission, Properties: { ...permission.Properties, SourceArn } };

      expect(await told({ Permission: other })).toEqual(['']);
      expect(warnings.join()).toContain('events.amazonaws.com is not authorized to perform: lambda:InvokeFunction');
    });
  });

  it('is found again by the next deployment on the same data', async () => {
    const first = await deploy();
    const dynamodb = new DynamoDBClient(clientOptions(first));
    const before = await dynamodb.send(new DescribeTableCommand({ TableName: first.tableName }));
    await first.close();

    const second = await deploy();

    const { outputs } = first;
    expect(second.outputs).toEqual(outputs);
    const after = await new DynamoDBClient(clientOptions(second)).send(
      new DescribeTableCommand({ TableName: first.tableName }),
    );
    expect(after.Table?.CreationDateTime).toEqual(before.Table?.CreationDateTime);
  });

  it('may name resources in any order', async () => {
    const reversed = Object.fromEntries(Object.entries(smallStack.Resources).reverse());
    const templateFile = writeStack(join(folder, 'cdk.out'), { ...smallStack, Resources: reversed });

    aws = await startLocalAws({ models, templateFile, dataFolder: join(folder, 'data') });

    expect(aws.functions).toEqual({ 'clean-up': aws.resources.get('CleanUp')?.ref });
  });
});

describe('a stack is refused in one sentence', () => {
  it('when it has a resource of a type that is not there', async () => {
    const refusal = await messageOfRefusal({ Server: { Type: 'AWS::EC2::Instance' } });

    expectOneSentence(refusal, 'Server', 'AWS::EC2::Instance', 'AWS::S3::Bucket');
  });

  it('when its references go in a circle, which CloudFormation refuses too', async () => {
    const first = { ...role, Properties: { ...role.Properties, Description: { Ref: 'Second' } } };
    const second = { ...role, DependsOn: 'First' };

    expectOneSentence(
      await messageOfRefusal({ First: first, Second: second }),
      'Circular dependency',
      'First',
      'Second',
    );
  });

  it('when it refers to what it does not have', async () => {
    expectOneSentence(await messageOfRefusal({ A: { ...role, DependsOn: ['Nobody'] } }), 'Nobody');
  });

  it('when it wants an attribute that is not there', async () => {
    const Description = { 'Fn::GetAtt': ['Bucket', 'WebsiteURL'] };
    const wanting = { ...role, Properties: { ...role.Properties, Description } };

    expectOneSentence(await messageOfRefusal({ A: wanting }), 'WebsiteURL', 'Bucket');
  });

  it('when a property is missing or a bundle is not there', async () => {
    expectOneSentence(await messageOfRefusal({ A: { Type: 'AWS::Lambda::Function' } }), 'A', 'Code');
    expectOneSentence(await messageOfRefusal({ A: functionOf('not bundled') }), 'A', 'asset');
  });

  it('when a policy says what cannot be judged here', async () => {
    const policyOf = (statement: object) => ({
      A: { Type: 'AWS::IAM::Policy', Properties: { Roles: [], PolicyDocument: allow(statement) } },
    });
    const named = { Action: 's3:GetObject', Resource: '*' };

    expectOneSentence(await messageOfRefusal(policyOf({ ...named, NotPrincipal: '*' })), 'NotPrincipal');
    const unknownKey = { StringEquals: { 'aws:PrincipalTag/team': 'video' } };
    expectOneSentence(await messageOfRefusal(policyOf({ ...named, Condition: unknownKey })), 'PrincipalTag');
    const unknownOperator = { IpAddress: { 'aws:SourceIp': '10.0.0.0/8' } };
    expectOneSentence(await messageOfRefusal(policyOf({ ...named, Condition: unknownOperator })), 'IpAddress');
    const managed = { ...role, Properties: { ...role.Properties, ManagedPolicyArns: ['arn:aws:iam::aws:policy/x'] } };
    expectOneSentence(await messageOfRefusal({ A: managed }), 'ManagedPolicyArns');
  });

  it('when a service may not assume the role that it is given', async () => {
    const trust = allow({ Action: 'sts:AssumeRole', Principal: { Service: 'bedrock.amazonaws.com' } });
    const other = { ...role, Properties: { ...role.Properties, AssumeRolePolicyDocument: trust } };

    expectOneSentence(await messageOfRefusal({ Role: other }), 'CleanUp', 'assumed by lambda.amazonaws.com');
  });

  it('when a schedule cannot be understood or fires no function', async () => {
    const schedule = (ScheduleExpression: string, Arn: unknown) => ({
      Type: 'AWS::Scheduler::Schedule',
      Properties: { ScheduleExpression, Target: { Arn, Input: '{}', RoleArn: roleArn } },
    });

    const version = { Ref: 'CleanUpVersion' };
    expectOneSentence(await messageOfRefusal({ A: schedule('every night', version) }), 'every night');
    expectOneSentence(await messageOfRefusal({ A: schedule('rate(1 day)', { Ref: 'Machine' }) }), 'Target.Arn');
  });

  it('when the table in the data folder has other indexes', async () => {
    await (await deploy()).close();
    aws = undefined;
    const [index] = table.Properties.GlobalSecondaryIndexes;
    const GlobalSecondaryIndexes = [{ ...index, IndexName: 'closed-jobs' }];

    const refusal = await messageOfRefusal({
      Table: { ...table, Properties: { ...table.Properties, GlobalSecondaryIndexes } },
    });

    expectOneSentence(refusal, 'Table', 'open-jobs', 'closed-jobs', 'new data folder');
  });

  it('when its template cannot be read', async () => {
    const start = (templateFile: string) =>
      startLocalAws({ models, templateFile, dataFolder: join(folder, 'data') }).then(
        String,
        (error: Error) => error.message,
      );
    writeFileSync(join(folder, 'Broken.template.json'), '{"Resources":');
    writeFileSync(join(folder, 'Lonely.template.json'), '{"Resources":{}}');

    expectOneSentence(await start(join(folder, 'None.template.json')), 'None.template.json', 'synthesize');
    expect(await start(join(folder, 'Broken.template.json'))).toContain('Broken.template.json');
    expectOneSentence(await start(join(folder, 'Lonely.template.json')), 'Lonely.assets.json');
  });
});
