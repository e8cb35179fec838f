import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { HeadBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { models } from '../../../../lambdas/shared/domain/model/models.ts';
import { credentialsOf } from '../../../../lib/local-aws/iam/access.ts';
import { type LocalAws, startLocalAws } from '../../../../lib/local-aws/start.ts';
import { allow, echo, functionOf, machineOf, role, smallStack, table, writeStack } from '../written-stack.ts';

const administrator = { accessKeyId: 'test', secretAccessKey: 'test' };
const says = (text: string) => `export const handler = async () => ${JSON.stringify(text)};`;
const sources = [echo, says('old'), says('new')];
const versionOf = (name: string) => ({
  Type: 'AWS::Lambda::Version',
  DeletionPolicy: 'Retain',
  Properties: { FunctionName: { Ref: name } },
});
/** A machine that waits a minute and then invokes the version of this logical ID. */
function waitingMachine(version: string) {
  const [before, after] = JSON.stringify({
    ...{ QueryLanguage: 'JSONata', StartAt: 'Wait' },
    States: {
      Wait: { Type: 'Wait', Seconds: 60, Next: 'Invoke' },
      Invoke: {
        ...{ Type: 'Task', Resource: 'arn:aws:states:::lambda:invoke', End: true },
        ...{ Arguments: { FunctionName: 'HERE' }, Output: '{% $states.result.Payload %}' },
      },
    },
  }).split('HERE');
  const DefinitionString = { 'Fn::Join': ['', [before, { Ref: version }, after]] };
  return machineOf('CleanUp', { DefinitionString });
}
const before = { Says: functionOf(says('old')), SaysOld: versionOf('Says'), Machine: waitingMachine('SaysOld') };
const after = { Says: functionOf(says('new')), SaysNew: versionOf('Says'), Machine: waitingMachine('SaysNew') };

let folder: string;
let aws: LocalAws;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'update-'));
});

afterEach(async () => {
  await aws.close();
  rmSync(folder, { recursive: true });
});

function write(resources: Record<string, unknown>, ...more: string[]): string {
  const Resources = Object.fromEntries(
    Object.entries({ ...smallStack.Resources, ...resources }).filter(([, resource]) => resource !== undefined),
  );
  return writeStack(mkdtempSync(join(folder, 'cdk.out-')), { ...smallStack, Resources }, [...sources, ...more]);
}

async function start(resources: Record<string, unknown>, ...more: string[]) {
  aws = await startLocalAws({ models, templateFile: write(resources, ...more), dataFolder: join(folder, 'data') });
  return aws;
}

const connection = () => ({ endpoint: aws.endpoint, region: aws.region, credentials: administrator });

async function say(functionName: string | undefined): Promise<string> {
  const { Payload } = await new LambdaClient(connection()).send(new InvokeCommand({ FunctionName: functionName }));
  return Buffer.from(Payload ?? []).toString();
}

async function outputOf(executionArn: string | undefined): Promise<string | undefined> {
  await aws.clock.sleep(3_600_000);
  return (await new SFNClient(connection()).send(new DescribeExecutionCommand({ executionArn }))).output;
}

it('leaves what runs with its definition and its version, and gives what begins the new ones', async () => {
  const { clock, stateMachineArn, resources } = await start(before);
  const sfn = new SFNClient(connection());

  const [first, second] = await clock.run(async () => {
    const running = await sfn.send(new StartExecutionCommand({ stateMachineArn }));
    const updated = await aws.update(write(after));
    expect(updated.stateMachineArn).toBe(stateMachineArn);
    return [running, await sfn.send(new StartExecutionCommand({ stateMachineArn }))];
  });

  expect(await outputOf(first?.executionArn)).toBe('"old"');
  expect(await outputOf(second?.executionArn)).toBe('"new"');
  expect(await say(resources.get('SaysOld')?.ref)).toBe('"old"');
});

it('updates to an earlier template as to a later one', async () => {
  const { stateMachineArn } = await start(before);
  await aws.update(write(after));
  const { resources } = await aws.update(write(before));

  const { executionArn } = await new SFNClient(connection()).send(new StartExecutionCommand({ stateMachineArn }));

  expect(await outputOf(executionArn)).toBe('"old"');
  expect(resources.get('SaysOld')?.ref).toMatch(/:3$/);
});

it('publishes no version of what has not changed', async () => {
  const { resources } = await start(before);

  const updated = await aws.update(write({ ...before, Log: { Type: 'AWS::Logs::LogGroup' } }));

  expect(updated.resources.get('SaysOld')?.ref).toBe(resources.get('SaysOld')?.ref);
});

it('deletes a function with its versions, retained or not, and fails executions that need them', async () => {
  const { clock, stateMachineArn, resources } = await start(before);
  const sfn = new SFNClient(connection());

  const executionArn = await clock.run(async () => {
    const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn }));
    await aws.update(write({}));
    return executionArn;
  });
  await clock.sleep(3_600_000);

  const { error } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
  expect(error).toBe('Lambda.ResourceNotFoundException');
  await expect(say(resources.get('Says')?.ref)).rejects.toThrow('Function not found');
});

it('stops the executions of a machine that is gone', async () => {
  const Second = waitingMachine('SaysOld');
  const { clock, resources } = await start({ ...before, Second });
  const sfn = new SFNClient(connection());

  const { executionArn } = await clock.run(async () => {
    const stateMachineArn = resources.get('Second')?.ref;
    const started = await sfn.send(new StartExecutionCommand({ stateMachineArn }));
    await aws.update(write(before));
    await expect(sfn.send(new StartExecutionCommand({ stateMachineArn }))).rejects.toThrow('Does Not Exist');
    return started;
  });

  expect((await sfn.send(new DescribeExecutionCommand({ executionArn }))).status).toBe('ABORTED');
});

it('refuses another type for what is there', async () => {
  await start(before);

  await expect(aws.update(write({ ...before, Says: table }))).rejects.toThrow(
    'Says (AWS::Lambda::Function) cannot become an AWS::DynamoDB::Table',
  );
});

it('replaces what roles may do, from one moment to the next', async () => {
  const policy = (Action: string) => ({
    Type: 'AWS::IAM::Policy',
    Properties: { Roles: [{ Ref: 'Reader' }], PolicyDocument: allow({ Action, Resource: '*' }) },
  });
  const Reader = { ...role, Properties: { ...role.Properties, Policies: [] } };
  const { bucket, resources } = await start({ Reader, Policy: policy('s3:ListBucket') });
  const credentials = credentialsOf(resources.get('Reader')?.attributes.Arn ?? '');
  const s3 = new S3Client({ ...connection(), credentials });
  const look = () => s3.send(new HeadBucketCommand({ Bucket: bucket }));
  const put = () => s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'a', Body: 'a' }));
  await look();
  await expect(put()).rejects.toMatchObject({ name: 'AccessDenied' });

  await aws.update(write({ Reader, Policy: policy('s3:PutObject') }));

  await put();
  await expect(look()).rejects.toMatchObject({ $metadata: { httpStatusCode: 403 } });
  await aws.update(write({}));
  await expect(put()).rejects.toThrow();
  expect(aws.grants().map(({ action }) => action)).toEqual(['*']);
});

it('removes buckets and tables that are gone, except for those with content and retained ones', async () => {
  const bucket = (DeletionPolicy: string) => ({ Type: 'AWS::S3::Bucket', DeletionPolicy });
  const { resources } = await start({
    Empty: bucket('Delete'),
    Full: bucket('Delete'),
    Kept: bucket('Retain'),
    Second: table,
  });
  const s3 = new S3Client(connection());
  const nameOf = (logicalId: string) => resources.get(logicalId)?.ref;
  await s3.send(new PutObjectCommand({ Bucket: nameOf('Full'), Key: 'a', Body: 'a' }));

  await aws.update(write({}));

  const look = (logicalId: string) => s3.send(new HeadBucketCommand({ Bucket: nameOf(logicalId) }));
  await look('Full');
  await look('Kept');
  await expect(look('Empty')).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
  const scan = new ScanCommand({ TableName: nameOf('Second') });
  await expect(new DynamoDBClient(connection()).send(scan)).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
  });
});

it('fires the schedules and rules that there are now, and no others', async () => {
  const file = join(folder, 'told');
  writeFileSync(file, '');
  const tells = `import { appendFileSync } from 'node:fs';
    export const handler = async ({ what, detail }) =>
      appendFileSync(${JSON.stringify(file)}, (what ?? detail.status) + '\\n');`;
  const Arn = { 'Fn::GetAtt': ['Told', 'Arn'] };
  const RoleArn = { 'Fn::GetAtt': ['Role', 'Arn'] };
  const schedule = (ScheduleExpression: string, what: string) => ({
    Type: 'AWS::Scheduler::Schedule',
    Properties: { ScheduleExpression, Target: { Arn, RoleArn, Input: JSON.stringify({ what }) } },
  });
  const rule = (status: string[]) => ({
    Type: 'AWS::Events::Rule',
    Properties: {
      EventPattern: {
        source: ['aws.states'],
        'detail-type': ['Step Functions Execution Status Change'],
        detail: { status, stateMachineArn: [{ Ref: 'Machine' }] },
      },
      Targets: [{ Id: 'Told', Arn }],
    },
  });
  const Properties = { Action: 'lambda:InvokeFunction', FunctionName: Arn, Principal: 'events.amazonaws.com' };
  const Permission = { Type: 'AWS::Lambda::Permission', Properties };
  const always = { ...before, Told: functionOf(tells), Permission };
  const old = { Recovery: schedule('rate(15 minutes)', 'old'), Gone: schedule('rate(15 minutes)', 'gone') };
  const { clock, stateMachineArn } = await start(
    { ...always, ...old, Rule: rule(['ABORTED']), Lost: rule(['RUNNING']) },
    tells,
  );
  const sfn = new SFNClient(connection());
  const stop = () =>
    clock.run(async (turn) => {
      const { executionArn } = await sfn.send(new StartExecutionCommand({ stateMachineArn }));
      await turn.sleep(1000);
      await sfn.send(new StopExecutionCommand({ executionArn }));
    });
  const told = async () => {
    // A function holds the clock until it has written.
    await clock.sleep(1);
    const lines = readFileSync(file, 'utf8').trim().split('\n').sort();
    writeFileSync(file, '');
    return lines;
  };

  await stop();
  await clock.sleep(15 * 60_000);
  expect(await told()).toEqual(['ABORTED', 'RUNNING', 'gone', 'old']);

  await aws.update(
    write({ ...always, Recovery: schedule('rate(30 minutes)', 'new'), Rule: rule(['FAILED', 'ABORTED']) }, tells),
  );
  await stop();
  await clock.sleep(60 * 60_000);

  expect(await told()).toEqual(['ABORTED', 'new', 'new']);
});
