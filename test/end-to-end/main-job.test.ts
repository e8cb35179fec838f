import { GetModelInvocationJobCommand, ListTagsForResourceCommand } from '@aws-sdk/client-bedrock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { planSchema } from '../../lambdas/shared/domain/plan/plan.ts';
import { resultSchema } from '../../lambdas/shared/domain/record/result.ts';
import type { Outcome } from '../../lambdas/shared/domain/run/outcome.ts';
import { startSandbox } from '../../lib/local-aws/lambda/sandbox.ts';
import { sampleClips } from '../support/clips.ts';
import { type LocalStack, outcomeOf, startLocalStack } from '../support/local-stack.ts';

describe('three analyses of the forty sample clips, from the bucket’s root', () => {
  let stack: LocalStack;
  let outcome: Outcome;

  beforeAll(async () => {
    // Each function in a process of its own, as `npm start` has it.
    stack = await startLocalStack({ startSandbox });
    await stack.putClips(sampleClips);
    const request = {
      media: { prefixes: ['proxies/', 'source_files/'] },
      analyses: ['summary', 'chapters', 'elements'],
    };
    outcome = outcomeOf(await stack.run(request, 'main-job'));
  });
  afterAll(() => stack.close());

  it('ends with all 120 records succeeded and nothing padded', () => {
    expect(outcome.status).toBe('Succeeded');
    expect(outcome.records).toEqual({ submitted: 120, succeeded: 120, failed: 0, missing: 0 });
    expect(outcome.jobs.map((job) => [job.status, job.paddingRecords])).toEqual([['Completed', 0]]);
  });

  it('has read the length of every clip, in the worker beside the bundle of its planner', async () => {
    const { estimate } = await stack.readJson('nova/batch/runs/main-job/plan.json', planSchema);

    expect(estimate?.media).toEqual({ total: 40, lookedAt: 40, unknown: 0 });
  });

  it('reads the root as a folder, with its trailing slash, and writes below the job’s own prefix', async () => {
    const [job] = outcome.jobs;
    const created = await stack.bedrock.send(new GetModelInvocationJobCommand({ jobIdentifier: job?.batchJobArn }));

    expect(created.inputDataConfig?.s3InputDataConfig?.s3Uri).toBe(`s3://${stack.aws.bucket}/`);
    expect(created.outputDataConfig?.s3OutputDataConfig?.s3Uri).toBe(
      `s3://${stack.aws.bucket}/nova/batch/output/${job?.jobName}/`,
    );
    expect(created.timeoutDurationInHours).toBe(72);
    expect(job?.batchInputS3Key).toBe(`batch_input_${job?.jobName}.jsonl`);
    expect(job?.batchOutputS3Prefix).toBe(`nova/batch/output/${job?.jobName}/`);
  });

  it('tags the Bedrock job with its project and run', async () => {
    const resourceARN = outcome.jobs[0]?.batchJobArn;

    const { tags } = await stack.bedrock.send(new ListTagsForResourceCommand({ resourceARN }));

    expect(tags).toContainEqual({ key: 'project', value: 'bedrock-media-batch' });
    expect(tags).toContainEqual({ key: 'media-batch:run', value: 'main-job' });
  });

  it('writes one result per clip and analysis, true to the clip’s own length and frame size', async () => {
    for (const clip of sampleClips) {
      for (const analysis of ['summary', 'chapters', 'elements']) {
        const result = await stack.readJson(`nova/batch/results/${analysis}/${clip.key}.json`, resultSchema);

        expect(result.media).toMatchObject({ key: clip.key, bytes: clip.bytes });
        expect(result.text).toContain(`${clip.width}x${clip.height}`);
        expect(secondsIn(result.text)).toBeCloseTo(clip.durationSeconds, 0);
        expect(result.text).toMatch(/simulated/i);
        expect(result.json).toBeTypeOf('object');
      }
    }
  });

  it('gives chapters that end with their own clip', async () => {
    const chaptersSchema = z.object({
      json: z.object({ chapters: z.array(z.object({ startSeconds: z.number(), endSeconds: z.number() })).min(1) }),
    });
    for (const clip of sampleClips) {
      const { json } = await stack.readJson(`nova/batch/results/chapters/${clip.key}.json`, chaptersSchema);

      expect(json.chapters.at(-1)?.endSeconds).toBeCloseTo(clip.durationSeconds, 0);
    }
  });

  it('has every record in the ledger exactly once, with its tokens', async () => {
    const entries = await stack.ledger('main-job');

    expect(entries).toHaveLength(120);
    expect(new Set(entries.map(({ recordId }) => recordId)).size).toBe(120);
    expect(new Set(entries.map(({ key, analysis }) => `${key} ${analysis}`)).size).toBe(120);
    expect(entries.every((entry) => entry.outcome === 'succeeded' && (entry.inputTokens ?? 0) > 0)).toBe(true);
  });

  it('leaves no input at the root, no lock, and no media changed', async () => {
    const { table } = stack;

    expect(await stack.inputs()).toEqual([]);
    expect((await table.getLock(stack.aws.bucket))?.owner).toBeUndefined();
    const media = (await stack.keys()).filter((key) => !key.startsWith('nova/'));
    expect(media).toEqual(sampleClips.map(({ key }) => key));
  });

  it('has the job’s ARN, input and output in the table', async () => {
    const [job] = await stack.table.listJobs('main-job');

    expect(job).toMatchObject({
      batchJobArn: outcome.jobs[0]?.batchJobArn,
      batchInputS3Key: outcome.jobs[0]?.batchInputS3Key,
      batchOutputS3Prefix: outcome.jobs[0]?.batchOutputS3Prefix,
      phase: 'closed',
      counters: { total: 120, processed: 120, succeeded: 120, failed: 0 },
    });
  });

  it('costs half of what it would cost on demand, and says so', () => {
    const { batchUsd, onDemandUsd, inputTokens } = outcome.cost;

    expect(inputTokens).toBeGreaterThan(0);
    expect(batchUsd).toBeGreaterThan(0);
    expect(Number(onDemandUsd)).toBeCloseTo(2 * Number(batchUsd), 12);
  });

  it('writes the outcome where it says that it is', async () => {
    const key = outcome.outcomeUri.replace(`s3://${stack.aws.bucket}/`, '');

    expect(JSON.parse(await stack.readText(key))).toEqual(JSON.parse(JSON.stringify(outcome)));
  });
});

/** The first "1.2 s" of a text. */
function secondsIn(text: string): number {
  return Number(/(\d+(?:\.\d+)?) s\b/.exec(text)?.[1]);
}
