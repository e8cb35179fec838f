import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import {
  GetBucketNotificationConfigurationCommand,
  HeadBucketCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { models } from '../../../../lambdas/shared/domain/model/models.ts';
import { type LocalAws, startLocalAws } from '../../../../lib/local-aws/start.ts';
import { expectOneSentence } from '../../../support/one-sentence.ts';
import { echo, functionOf, role, smallStack, writeStack } from '../written-stack.ts';

const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
let folder: string;
let aws: LocalAws | undefined;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'custom-'));
});

afterEach(async () => {
  await aws?.close();
  aws = undefined;
  rmSync(folder, { recursive: true });
});

/** The small stack with these resources too; undefined removes one. */
function write(resources: Record<string, unknown>, sources: string[] = []): string {
  const Resources = Object.fromEntries(
    Object.entries({ ...smallStack.Resources, ...resources }).filter(([, resource]) => resource !== undefined),
  );
  return writeStack(mkdtempSync(join(folder, 'cdk.out-')), { ...smallStack, Resources }, [echo, ...sources]);
}

async function start(templateFile: string): Promise<LocalAws> {
  aws = await startLocalAws({ models, templateFile, dataFolder: join(folder, 'data') });
  return aws;
}

const s3Of = ({ endpoint, region }: LocalAws) => new S3Client({ endpoint, region, credentials });
const messageOf = (refused: Promise<unknown>) => refused.then(String, (error: Error) => error.message);

describe('a custom resource', () => {
  /** Writes every request down and answers it; `answer` is JavaScript of what differs. */
  const teller = (answer = '{}') => `import { appendFileSync } from 'node:fs';
    export const handler = async (event) => {
      appendFileSync(${JSON.stringify(join(folder, 'told'))}, JSON.stringify(event) + '\\n');
      const { StackId, RequestId, LogicalResourceId, PhysicalResourceId = 'mine' } = event;
      const ids = { StackId, RequestId, LogicalResourceId, PhysicalResourceId };
      const body = JSON.stringify({ Status: 'SUCCESS', ...ids, ...${answer} });
      await fetch(event.ResponseURL, { method: 'PUT', body: Buffer.from(body) });
    };`;
  const custom = (properties: object = {}, Type = 'Custom::Thing') => ({
    Type,
    Properties: { ServiceToken: { 'Fn::GetAtt': ['Teller', 'Arn'] }, ...properties },
  });
  const told = (): Record<string, unknown>[] =>
    readFileSync(join(folder, 'told'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  const types = () => told().map(({ RequestType, PhysicalResourceId }) => [RequestType, PhysicalResourceId]);

  it('is created, updated and deleted by its function, which gets text and gives attributes', async () => {
    const source = teller("{ Data: { Colour: 'blue' } }");
    const Reader = { ...role, Properties: { ...role.Properties, Description: { 'Fn::GetAtt': ['Thing', 'Colour'] } } };
    const stack = (properties: object) => ({ Teller: functionOf(source), Thing: custom(properties), Reader });

    const { update, resources } = await start(write(stack({ Size: 1, Deep: { Flag: false } }), [source]));
    await update(write(stack({ Size: 1, Deep: { Flag: false } }), [source]));
    await update(write(stack({ Size: 2 }), [source]));
    await update(write({ Teller: functionOf(source) }, [source]));

    expect(resources.get('Reader')?.properties.Description).toBe('blue');
    expect(types()).toEqual([
      ['Create', undefined],
      ['Update', 'mine'],
      ['Delete', 'mine'],
    ]);
    const [created, updated] = told();
    expect(created).toMatchObject({
      ...{ LogicalResourceId: 'Thing', ResourceType: 'Custom::Thing' },
      ResourceProperties: { Size: '1', Deep: { Flag: 'false' }, ServiceToken: resources.get('Teller')?.attributes.Arn },
    });
    expect(updated).toMatchObject({ ResourceProperties: { Size: '2' }, OldResourceProperties: { Size: '1' } });
  });

  it('is replaced by an update that gives it another physical ID, and the old one is deleted', async () => {
    const source = teller("{ PhysicalResourceId: 'of-' + event.ResourceProperties.Size }");
    const stack = (Size: number) => ({
      Teller: functionOf(source),
      Thing: custom({ Size }, 'AWS::CloudFormation::CustomResource'),
    });

    const { update } = await start(write(stack(1), [source]));
    await update(write(stack(2), [source]));

    expect(types()).toEqual([
      ['Create', undefined],
      ['Update', 'of-1'],
      ['Delete', 'of-1'],
    ]);
  });

  it.each([
    ['says that it failed', "{ Status: 'FAILED', Reason: 'There is no more room.' }", 'There is no more room'],
    ['answers another request', "{ RequestId: 'x' }", 'another request'],
    ['answers too much', "{ Reason: 'x'.repeat(4096) }", 'more than 4096'],
    ['forgets its ID', '{ PhysicalResourceId: undefined }', 'PhysicalResourceId'],
  ])('is refused in one sentence when its function %s', async (_, answer, ...says) => {
    const source = teller(answer);

    const refusal = await messageOf(start(write({ Teller: functionOf(source), Thing: custom() }, [source])));

    expect(refusal).toMatch(/^Thing \(Custom::Thing\) cannot be created: /);
    for (const text of says) expect(refusal).toContain(text);
  });

  it('is refused when its function fails or does not answer', async () => {
    const source = "export const handler = async () => { throw new Error('not today'); };";

    const refusal = await messageOf(start(write({ Teller: functionOf(source), Thing: custom() }, [source])));

    expect(refusal).toContain('sent no answer to Create');
    expect(refusal).toContain('not today');
  });

  it('is deleted with its stack before what it depends on; a failure leaves the rest for the next time', async () => {
    const gate = join(folder, 'open');
    writeFileSync(gate, 'no');
    const isClosed = `(await import('node:fs')).readFileSync(${JSON.stringify(gate)}, 'utf8') === 'no'`;
    const failed = "{ Status: 'FAILED', Reason: 'Something still runs.' }";
    const source = teller(`(event.RequestType === 'Delete' && ${isClosed} ? ${failed} : {})`);
    const Kept = { Type: 'AWS::S3::Bucket', DeletionPolicy: 'Retain' };
    const Thing = { ...custom(), DependsOn: ['Machine', 'Empty'] };
    const local = await start(
      write({ Teller: functionOf(source), Thing, Kept, Empty: { Type: 'AWS::S3::Bucket' } }, [source]),
    );
    const { resources, destroy, update, outputs } = local;
    const names = new Map([...resources].map(([logicalId, { ref }]) => [logicalId, ref]));
    const s3 = s3Of(local);
    const look = (logicalId: string) => s3.send(new HeadBucketCommand({ Bucket: names.get(logicalId) }));
    await s3.send(new PutObjectCommand({ Bucket: names.get('Kept'), Key: 'a', Body: 'a' }));

    expectOneSentence(await messageOf(destroy()), 'Thing', 'cannot be deleted', 'Something still runs');
    await look('Empty');
    writeFileSync(gate, 'yes');
    await destroy();

    await look('Kept');
    await expect(look('Empty')).rejects.toMatchObject({ $metadata: { httpStatusCode: 404 } });
    const lambda = new LambdaClient({ endpoint: local.endpoint, region: local.region, credentials });
    await expect(lambda.send(new InvokeCommand({ FunctionName: names.get('CleanUp') }))).rejects.toThrow('not found');
    expect(local.grants()).toEqual([]);
    expect((await update(write({}))).outputs).toEqual(outputs);
  });
});

describe('CDK’s switch of EventBridge on an existing bucket', () => {
  const roleOfHandler = {
    Type: 'AWS::IAM::Role',
    Properties: {
      AssumeRolePolicyDocument: role.Properties.AssumeRolePolicyDocument,
      ManagedPolicyArns: [
        {
          'Fn::Join': [
            '',
            ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/service-role/AWSLambdaBasicExecutionRole'],
          ],
        },
      ],
    },
  };
  const Handler = {
    Type: 'AWS::Lambda::Function',
    Properties: {
      ...{ Code: { ZipFile: 'import boto3' }, Handler: 'index.handler', Runtime: 'python3.13', Timeout: 300 },
      Role: { 'Fn::GetAtt': ['HandlerRole', 'Arn'] },
    },
  };
  const notifications = (properties: object = {}) => ({
    Type: 'Custom::S3BucketNotifications',
    Properties: {
      ...{ ServiceToken: { 'Fn::GetAtt': ['Handler', 'Arn'] }, BucketName: 'my-media' },
      ...{ NotificationConfiguration: { EventBridgeConfiguration: {} }, Managed: false },
      ...properties,
    },
  });
  const stack = { HandlerRole: roleOfHandler, Handler };

  it('is on from the deployment, and stays on when the stack goes, as CDK’s own handler leaves it', async () => {
    const local = await start(write({ ...stack, Notifications: notifications() }));
    const configuration = async () => {
      const get = new GetBucketNotificationConfigurationCommand({ Bucket: 'my-media' });
      return (await s3Of(local).send(get)).EventBridgeConfiguration;
    };

    expect(await configuration()).toEqual({});
    await local.destroy();
    expect(await configuration()).toEqual({});
  });

  it('is refused where it would replace the bucket’s configuration, or asks for more than EventBridge', async () => {
    const refusal = (properties: object) =>
      messageOf(start(write({ ...stack, Notifications: notifications(properties) })));

    expectOneSentence(await refusal({ Managed: true }), 'Notifications', 'Managed');
    const QueueConfigurations = [{ QueueArn: 'arn:aws:sqs:us-east-1:000000000000:q', Events: ['s3:ObjectCreated:*'] }];
    expectOneSentence(
      await refusal({ NotificationConfiguration: { QueueConfigurations } }),
      'EventBridgeConfiguration',
    );
  });

  it('has a function whose code is not simulated, as its invocation says', async () => {
    const local = await start(write({ ...stack, Notifications: notifications() }));
    const lambda = new LambdaClient({ endpoint: local.endpoint, region: local.region, credentials, maxAttempts: 1 });

    const refusal = lambda.send(new InvokeCommand({ FunctionName: local.resources.get('Handler')?.ref }));

    expectOneSentence(await messageOf(refusal), 'does not simulate code that is in the template');
  });
});
