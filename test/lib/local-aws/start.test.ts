import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda';
import { GetObjectCommand, HeadBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { ListStateMachinesCommand, SFNClient } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, inject, it } from 'vitest';
import { models } from '../../../lambdas/shared/domain/model/models.ts';
import { environmentSchemas } from '../../../lambdas/shared/runtime/environment.ts';
import { fastClock } from '../../../lib/local-aws/clock.ts';
import { type LocalAws, type LocalAwsOptions, startLocalAws } from '../../../lib/local-aws/start.ts';
import { expectOneSentence } from '../../support/one-sentence.ts';
import { smallStack, writeStack } from './written-stack.ts';

const day = 86_400_000;
let folder: string;
let templateFile: string;
let running: LocalAws[];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'local-aws-'));
  templateFile = writeStack(join(folder, 'cdk.out'), smallStack);
  running = [];
});

afterEach(async () => {
  for (const aws of running) await aws.close();
  rmSync(folder, { recursive: true });
});

async function start(options: Partial<LocalAwsOptions> = {}): Promise<LocalAws> {
  const aws = await startLocalAws({ models, templateFile, dataFolder: join(folder, 'data'), ...options });
  running.push(aws);
  return aws;
}

async function end(aws: LocalAws) {
  running = running.filter((other) => other !== aws);
  await aws.close();
}

async function messageOfRefusal(options: Partial<LocalAwsOptions>): Promise<string> {
  const error: unknown = await start(options).catch((reason) => reason);
  if (!(error instanceof Error)) throw new Error('The local AWS started, expected a refusal.');
  return error.message;
}

function clientOptions({ endpoint, region }: LocalAws) {
  return { endpoint, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
}

describe('a local AWS', () => {
  it('listens on the loopback interface, on the port that it was given', async () => {
    const first = await start();
    const port = Number(new URL(first.endpoint).port);
    await end(first);

    const second = await start({ port });

    expect(second.endpoint).toBe(`http://127.0.0.1:${port}`);
  });

  it('refuses who signs for another Region, as the endpoint of a Region does', async () => {
    const aws = await start();
    const sfn = new SFNClient({ ...clientOptions(aws), region: 'eu-west-1' });

    await expect(sfn.send(new ListStateMachinesCommand({}))).rejects.toMatchObject({
      name: 'InvalidSignatureException',
      message: "Credential should be scoped to a valid Region, not 'eu-west-1': this is us-east-1.",
    });
  });

  it('has its objects again after a restart', async () => {
    const first = await start();
    const object = { Bucket: first.bucket, Key: 'proxies/a.mp4' };
    await new S3Client(clientOptions(first)).send(new PutObjectCommand({ ...object, Body: 'bytes' }));
    await end(first);

    const second = await start();

    const { Body } = await new S3Client(clientOptions(second)).send(new GetObjectCommand(object));
    expect(await Body?.transformToString()).toBe('bytes');
  });

  it('starts its fast clock at the present, and on the same data where the last one ended', async () => {
    const before = Date.now();
    const first = await start();
    expect(first.clock.now()).toBeGreaterThanOrEqual(before);
    expect(first.clock.now()).toBeLessThanOrEqual(Date.now());
    await first.clock.sleep(10 * day);
    const endedAt = first.clock.now();
    await end(first);

    const second = await start();

    expect(second.clock.now()).toBe(endedAt);
  });

  it('lives in the time of a clock that it was given', async () => {
    const startAt = Date.UTC(2031, 0, 1);
    const clock = fastClock(startAt);

    const aws = await start({ clock });

    const { Payload } = await new LambdaClient(clientOptions(aws)).send(
      new InvokeCommand({ FunctionName: aws.functions['clean-up'], Payload: '{}' }),
    );
    expect(aws.clock).toBe(clock);
    expect(JSON.parse(Buffer.from(Payload ?? []).toString()).now).toBeGreaterThanOrEqual(startAt);
  });

  it('creates the bucket that the stack only names, since it cannot exist otherwise', async () => {
    const { Bucket: _, ...Resources } = smallStack.Resources;
    const Outputs = { ...smallStack.Outputs, Bucket: { Value: 'my-media' } };
    writeStack(join(folder, 'cdk.out'), { Resources, Outputs });

    const aws = await start();

    expect(aws.bucket).toBe('my-media');
    await new S3Client(clientOptions(aws)).send(new HeadBucketCommand({ Bucket: 'my-media' }));
  });

  it('goes by the real clock when asked to', async () => {
    const { clock } = await start({ clock: 'real' });

    expect(Math.abs(clock.now() - Date.now())).toBeLessThan(1000);
  });

  it('leaves neither port nor data in use when it ends', async () => {
    const first = await start();
    const port = Number(new URL(first.endpoint).port);

    await end(first);

    await end(await start({ port }));
    await expect(fetch(first.endpoint)).rejects.toThrow();
  });
});

describe('a local AWS is refused in one sentence', () => {
  it('when its port is in use', async () => {
    const { endpoint } = await start();
    const { port } = new URL(endpoint);

    expectOneSentence(
      await messageOfRefusal({ port: Number(port), dataFolder: join(folder, 'other') }),
      port,
      '--port',
    );
    await end(await start({ dataFolder: join(folder, 'other') }));
  });

  it('when another one has its data folder', async () => {
    await start();

    expectOneSentence(await messageOfRefusal({}), join(folder, 'data'), '--data');
  });

  it('when the real clock would go backwards on its data', async () => {
    const first = await start();
    await first.clock.sleep(10 * day);
    await end(first);

    expectOneSentence(await messageOfRefusal({ clock: 'real' }), '--clock fast', '--data');
  });

  it('when the stack lacks the outputs that name its resources', async () => {
    const { TableName: _, ...Outputs } = smallStack.Outputs;
    writeStack(join(folder, 'cdk.out'), { ...smallStack, Outputs });

    expectOneSentence(await messageOfRefusal({}), 'TableName', 'StateMachineArn');
    writeStack(join(folder, 'cdk.out'), smallStack);
    await end(await start());
  });
});

describe('the real stack', () => {
  it('is deployed with all its outputs, one function per step', async () => {
    const aws = await start({ templateFile: inject('templateFile') });

    expect(Object.keys(aws.functions).sort()).toEqual(Object.keys(environmentSchemas).sort());
    expect(aws).toMatchObject({
      bucket: expect.stringMatching(/^mediabatch-[a-z0-9-]+$/),
      tableName: expect.stringContaining('MediaBatch-'),
      stateMachineArn: expect.stringMatching(/^arn:aws:states:us-east-1:000000000000:stateMachine:MediaBatch-/),
      bedrockRoleArn: expect.stringMatching(/^arn:aws:iam::000000000000:role\/MediaBatch-/),
    });
    for (const [logicalId, { type, properties }] of aws.resources) {
      expect(JSON.stringify(properties), `${logicalId}, ${type}`).not.toMatch(/"(Ref|Fn::\w+)":/);
    }
  });

  it('has functions that load: a malformed event is refused by each of them, not by the runtime', async () => {
    const aws = await start({ templateFile: inject('templateFile') });
    const lambda = new LambdaClient(clientOptions(aws));

    for (const [step, FunctionName] of Object.entries(aws.functions)) {
      if (step === 'clean-up') continue; // It takes no input.
      const { Payload } = await lambda.send(new InvokeCommand({ FunctionName, Payload: '{"not":"an input"}' }));
      const answer = JSON.parse(Buffer.from(Payload ?? []).toString());
      expect(answer.errorType, `${step}: ${JSON.stringify(answer)}`).not.toMatch(/^(Runtime|Sandbox)\./);
    }
  });
});
