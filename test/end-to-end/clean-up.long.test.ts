import { CreateModelInvocationJobCommand } from '@aws-sdk/client-bedrock';
import {
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
} from '@aws-sdk/client-s3';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CleanUpOutput, cleanUpOutputSchema } from '../../lambdas/shared/domain/clean-up.ts';
import { type LocalStack, startLocalStack } from '../support/local-stack.ts';
import { templateWithoutRecovery } from '../support/template.ts';

const dayMs = 24 * 3600 * 1000;

/** A key in each place that only this project writes to, results left out. */
const ownKeys = [
  'batch_input_of-nobody.jsonl',
  'nova/batch/input/old.jsonl',
  'nova/batch/output/of-nobody/x.jsonl.out',
  'nova/batch/runs/of-nobody/plan.json',
  'nova/batch/staging/of-nobody/0f.mp4',
];
const othersKeys = ['nova/batch/results/summary/proxies/a.mp4.json', 'proxies/a.mp4', 'batch_input_theirs.mp4'];

let stack: LocalStack;

beforeEach(async () => {
  stack = await startLocalStack({
    templateFile: templateWithoutRecovery(),
    scenario: ({ jobName }) => (jobName.startsWith('long') ? { inProgress: 167 * 3600 } : {}),
  });
});
afterEach(() => stack.close());

function cleanUp(event: object = {}): Promise<CleanUpOutput> {
  return stack.invoke('clean-up', event, cleanUpOutputSchema);
}

describe('an input at the root that no job of the table has', () => {
  const key = 'batch_input_of-an-older-tool.jsonl';

  it('stays for the time that a job can live, is named, and goes then', async () => {
    await stack.put(key, '{}\n', 'application/x-ndjson');
    await stack.aws.clock.sleep(13 * dayMs);

    expect((await cleanUp()).kept).toEqual([{ key, reason: expect.stringContaining('no job of the table has it') }]);
    expect(await stack.inputs()).toEqual([key]);

    await stack.aws.clock.sleep(2 * dayMs);
    expect(await stack.inputs()).toEqual([]);
  });

  it('stays while a job of somebody else reads the root, which Bedrock’s list says', async () => {
    const line = JSON.stringify({
      recordId: 'r',
      modelInput: { messages: [{ role: 'user', content: [{ text: 'x' }] }] },
    });
    await stack.put(key, Array.from({ length: 100 }, (_, at) => line.replace('"r"', `"r${at}"`)).join('\n'));
    await stack.aws.clock.sleep(13 * dayMs);
    await stack.bedrock.send(
      new CreateModelInvocationJobCommand({
        jobName: 'long-of-an-older-tool',
        roleArn: stack.aws.bedrockRoleArn,
        modelId: 'us.amazon.nova-lite-v1:0',
        inputDataConfig: { s3InputDataConfig: { s3Uri: `s3://${stack.aws.bucket}/` } },
        outputDataConfig: { s3OutputDataConfig: { s3Uri: `s3://${stack.aws.bucket}/nova/batch/output/theirs/` } },
        timeoutDurationInHours: 168,
      }),
    );
    await stack.aws.clock.sleep(5 * dayMs);

    expect((await cleanUp()).kept).toEqual([{ key, reason: expect.stringContaining('long-of-an-older-tool') }]);
    expect(await stack.inputs()).toEqual([key]);

    await stack.aws.clock.sleep(4 * dayMs);
    expect(await stack.inputs()).toEqual([]);
  });
});

it('aborts unfinished uploads of our own keys after a week, and nobody else’s', async () => {
  const { bucket: Bucket, outputs } = stack.aws;
  const begin = (Key: string, bucket = Bucket) =>
    stack.s3.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }));
  for (const key of [...ownKeys, ...othersKeys]) await begin(key);
  await begin('of-nobody/media/0f.mp4', outputs.StagingBucket);
  const unfinished = async () => {
    const [own, staged] = await Promise.all(
      [Bucket, outputs.StagingBucket].map((name) => stack.s3.send(new ListMultipartUploadsCommand({ Bucket: name }))),
    );
    return [...(own?.Uploads ?? []), ...(staged?.Uploads ?? [])].map(({ Key }) => Key);
  };

  await stack.aws.clock.sleep(6 * dayMs);
  expect(await unfinished()).toHaveLength(9);
  expect((await cleanUp({ dryRun: true })).removed.uploads).toBe(0);
  await stack.aws.clock.sleep(2 * dayMs);

  expect(await unfinished()).toEqual(['batch_input_theirs.mp4', 'proxies/a.mp4']);
});

it('removes hidden versions of our own keys in a versioned bucket, and none of media, results or somebody else', async () => {
  const { bucket: Bucket } = stack.aws;
  const VersioningConfiguration = { Status: 'Enabled' as const };
  await stack.s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration }));
  for (const key of [...ownKeys, ...othersKeys]) {
    await stack.put(key, 'first', 'text/plain');
    await stack.put(key, 'second', 'text/plain');
    await stack.remove(key);
  }
  const versions = async () => {
    const { Versions = [], DeleteMarkers = [] } = await stack.s3.send(new ListObjectVersionsCommand({ Bucket }));
    return [...Versions, ...DeleteMarkers].map(({ Key }) => Key);
  };

  await stack.aws.clock.sleep(13 * dayMs);
  expect(await versions()).toHaveLength(24);
  await stack.aws.clock.sleep(3 * dayMs);

  expect((await versions()).sort()).toEqual(othersKeys.flatMap((key) => [key, key, key]).sort());
});
