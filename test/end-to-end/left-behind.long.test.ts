import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InvokeCommand } from '@aws-sdk/client-lambda';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CleanUpOutput, cleanUpOutputSchema } from '../../lambdas/clean-up/clean-up.ts';
import { sampleMediaFolder } from '../support/clips.ts';
import { type LocalStack, outcomeOf, startLocalStack } from '../support/local-stack.ts';
import { templateWithoutRecovery } from '../support/template.ts';

const hourMs = 3600 * 1000;
const clip = 'proxies/C0126_33938_720p15.MP4';

describe('what a stopped execution leaves behind where nothing recoveries', () => {
  let stack: LocalStack;
  let jobCreated: PromiseWithResolvers<void>;
  let jobHours: number;

  beforeEach(async () => {
    jobCreated = Promise.withResolvers();
    jobHours = 8;
    stack = await startLocalStack({
      templateFile: templateWithoutRecovery(),
      scenario: ({ jobName }) => {
        if (!jobName.startsWith('abandoned')) return {};
        jobCreated.resolve();
        return { inProgress: jobHours * 3600 };
      },
    });
    await stack.put(clip, readFileSync(join(sampleMediaFolder, clip)));
  });
  afterEach(() => stack.close());

  /** A person stops an execution while Bedrock has its job; nothing of the run clears up after itself. */
  async function abandonRun(): Promise<void> {
    const request = { name: 'abandoned', media: { keys: [clip] }, timeoutHours: 168 };
    const executionArn = await stack.start(request, 'abandoned');
    await jobCreated.promise;
    await stack.sfn.send(new StopExecutionCommand({ executionArn }));
    expect((await stack.ended(executionArn)).status).toBe('ABORTED');
    expect(await stack.inputs()).toHaveLength(1);
  }

  async function cleanUp(event: object = {}): Promise<CleanUpOutput> {
    const FunctionName = stack.aws.functions['clean-up'];
    const { Payload } = await stack.lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }));
    return cleanUpOutputSchema.parse(JSON.parse(Buffer.from(Payload ?? []).toString()));
  }

  it('is waited for by the next run and taken over once its job is proven over, so that nothing is sent twice', async () => {
    await abandonRun();
    const stoppedAt = stack.aws.clock.now();

    const outcome = outcomeOf(await stack.run({ media: { keys: [clip] } }));

    expect(outcome.status).toBe('Succeeded');
    expect(stack.aws.clock.now() - stoppedAt).toBeGreaterThan(7 * hourMs);
    expect(await stack.inputs()).toEqual([]);
    const [{ batchOutputS3Prefix = '' } = {}] = outcome.jobs;
    const outputs = (await stack.keys(batchOutputS3Prefix)).filter((key) => key.endsWith('.jsonl.out'));
    expect(outputs).toHaveLength(1);
    expect((await stack.readText(outputs[0] ?? '')).trim().split('\n')).toHaveLength(100);
  });

  it('is taken over also when its ARN was never written down: Bedrock’s list knows the job', async () => {
    jobHours = 2;
    await abandonRun();
    // By now no function of the stopped execution can write it down any more.
    await stack.aws.clock.sleep(60_000);
    await stack.forgetBatchJobArn('abandoned');

    const outcome = outcomeOf(await stack.run({ media: { keys: [clip] } }));

    expect(outcome.status).toBe('Succeeded');
    expect(await stack.inputs()).toEqual([]);
  });

  it('stays while Bedrock may still read it, and is named', async () => {
    await abandonRun();
    const [input] = await stack.inputs();

    const summary = await cleanUp();

    expect(summary.removed.inputs).toBe(0);
    expect(summary.kept).toEqual([{ key: input, reason: expect.stringContaining('not proven over') }]);
    expect(await stack.inputs()).toEqual([input]);
  });

  it('is removed by a night’s clean-up once the job is over, without anybody asking', async () => {
    await abandonRun();
    await stack.aws.clock.sleep(60_000);
    await stack.forgetBatchJobArn('abandoned');
    const [{ jobName = '' } = {}] = await stack.table.listJobs('abandoned');

    await stack.aws.clock.sleep(130 * hourMs);

    expect(await stack.inputs()).toEqual([]);
    expect(await stack.table.getJob({ runId: 'abandoned', jobName })).toMatchObject({ phase: 'closed' });
    expect((await stack.table.getLock(stack.aws.bucket))?.owner).toBeUndefined();
    expect(await cleanUp()).toMatchObject({ removed: { inputs: 0 }, kept: [] });
  });
});

describe('the nightly clean-up', () => {
  it('removes copies that no job of the table has, in both buckets, once they are older than any job can live', async () => {
    const stack = await startLocalStack({ templateFile: templateWithoutRecovery() });
    const Bucket = stack.aws.outputs.StagingBucket;
    await stack.put('nova/batch/staging/of-nobody/0f.mp4', 'x', 'video/mp4');
    await stack.s3.send(new PutObjectCommand({ Bucket, Key: 'of-nobody/media/0f.mp4', Body: 'x' }));
    const copies = async () => [...(await stack.keys('nova/batch/staging/')), ...(await stack.stagedKeys())];

    await stack.aws.clock.sleep(13 * 24 * hourMs);
    expect(await copies()).toHaveLength(2);
    await stack.aws.clock.sleep(3 * 24 * hourMs);

    expect(await copies()).toEqual([]);
    await stack.close();
  });

  it('removes outputs, runs and the old input folder by age, and never media, results or somebody else’s file', async () => {
    const stack = await startLocalStack({ templateFile: templateWithoutRecovery() });
    await stack.put(clip, readFileSync(join(sampleMediaFolder, clip)));
    const outcome = outcomeOf(await stack.run({ media: { keys: [clip] } }, 'old-run'));
    await stack.put('nova/batch/input/of-an-older-version.txt', 'x', 'text/plain');
    await stack.put('batch_input_theirs.txt', 'x', 'text/plain');
    const before = await stack.keys();

    await stack.aws.clock.sleep(29 * 24 * hourMs);
    expect(await stack.keys()).toEqual(before);
    await stack.aws.clock.sleep(3 * 24 * hourMs);

    const isKept = (key: string) => !/^nova\/batch\/(output|runs|input)\//.test(key);
    expect(await stack.keys()).toEqual(before.filter(isKept));
    expect(outcome.status).toBe('Succeeded');
    await stack.close();
  });
});
