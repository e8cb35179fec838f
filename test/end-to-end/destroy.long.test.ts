import { ListModelInvocationJobsCommand } from '@aws-sdk/client-bedrock';
import { GetObjectCommand, HeadBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { ListStateMachinesCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { metadataOf } from '../../lambdas/shared/domain/job/scan-folder.ts';
import { outcomeSchema } from '../../lambdas/shared/domain/run/outcome.ts';
import type { Turn } from '../../lib/local-aws/clock.ts';
import { sampleClips } from '../support/clips.ts';
import { type LocalStack, outcomeOf, startLocalStack } from '../support/local-stack.ts';
import { templateWithoutOnDestroy } from '../support/template.ts';

const hour = 60 * 60_000;
const clips = sampleClips.filter(({ bytes }) => bytes < 5_000);
const media = { prefixes: [''] };

describe('a stack', () => {
  let stack: LocalStack;
  let created = Promise.withResolvers<void>();

  beforeAll(async () => {
    stack = await startLocalStack({
      scenario: ({ jobName }) => {
        if (jobName.startsWith('early')) return {};
        created.resolve();
        // Some of its records are answered by the time it is stopped.
        return { inProgress: (jobName.startsWith('at-root') ? 30 : 3) * 3600 };
      },
    });
    await stack.putClips(clips);
  });
  afterAll(() => stack.close());

  /** Starts a run and lets its job go on for an hour at Bedrock; no time passes behind it. */
  async function startWithJob(turn: Turn, name: string, request: object = {}): Promise<string> {
    created = Promise.withResolvers<void>();
    const executionArn = await stack.start({ name, media, ...request }, name);
    await turn.waitFor(created.promise);
    await turn.sleep(hour);
    return executionArn;
  }

  async function bytesOf(key: string): Promise<string | undefined> {
    const { Body } = await stack.s3.send(new GetObjectCommand({ Bucket: stack.aws.bucket, Key: key }));
    return Body?.transformToString('base64');
  }

  const contents = async (keys: readonly string[]) =>
    new Map(await Promise.all(keys.map(async (key) => [key, await bytesOf(key)] as const)));

  async function jobStatuses(name: string): Promise<(string | undefined)[]> {
    const list = new ListModelInvocationJobsCommand({ nameContains: name });
    return ((await stack.bedrock.send(list)).invocationJobSummaries ?? []).map(({ status }) => status);
  }

  const isOfJobs = (key: string) => /^(batch_input_|nova\/batch\/staging\/)/.test(key);

  it('that goes on without its custom resource, as one that goes back to an older version, leaves its run alone', async () => {
    const executionArn = await stack.aws.clock.run(async (turn) => {
      const started = await startWithJob(turn, 'kept');
      await stack.aws.update(templateWithoutOnDestroy());
      await stack.aws.update(inject('templateFile'));
      return started;
    });
    const ended = await stack.ended(executionArn);

    expect(outcomeOf(ended).status).toBe('Succeeded');
    expect(await jobStatuses('kept')).toEqual(['Completed']);
  });

  it('that is deleted in the middle of runs ends them and leaves nothing of theirs, and media, results and table as they are', async () => {
    const { outcome } = await stack.run({ name: 'early', media: { keys: [clips[0]?.key] } }, 'early');
    const [early] = outcome?.jobs ?? [];
    if (early === undefined) throw new Error('The early run has no job.');
    const left = { Bucket: stack.aws.bucket, Body: 'left', Metadata: metadataOf({ runId: 'early', ...early }) };
    const Bucket = stack.aws.outputs.StagingBucket;
    const { waiting, before } = await stack.aws.clock.run(async (turn) => {
      await startWithJob(turn, 'at-root', { analyses: ['chapters'] });
      await startWithJob(turn, 'staged', { layout: 'staged' });
      const waiting = await stack.start({ name: 'waiting', media }, 'waiting');
      await turn.sleep(hour / 4);
      await stack.forgetBatchJobArn('at-root');
      // As a function left it that was lost.
      await stack.s3.send(new PutObjectCommand({ ...left, Key: early.batchInputS3Key }));
      await stack.s3.send(new PutObjectCommand({ ...left, Key: `nova/batch/staging/${early.jobName}/a.mp4` }));
      await stack.s3.send(new PutObjectCommand({ Bucket, Key: 'unknown/a.mp4', Body: 'left' }));
      await stack.put('proxies/somebody else.jsonl.txt', 'theirs', 'text/plain');
      const keys = await stack.keys();
      expect(keys.filter(isOfJobs).length).toBeGreaterThan(2);
      const before = await contents(keys.filter((key) => !isOfJobs(key)));

      await turn.waitFor(stack.aws.destroy());
      return { waiting, before };
    });

    expect(await jobStatuses('at-root')).toEqual(['Stopped']);
    expect(await jobStatuses('staged')).toEqual(['Stopped']);
    expect(await jobStatuses('waiting')).toEqual([]);
    expect((await stack.ended(waiting)).status).toBe('ABORTED');
    expect((await stack.keys()).filter(isOfJobs)).toEqual([]);
    expect(await contents([...before.keys()])).toEqual(before);
    expect((await stack.sfn.send(new ListStateMachinesCommand())).stateMachines).toEqual([]);
    await expect(stack.s3.send(new HeadBucketCommand({ Bucket }))).rejects.toMatchObject({ name: 'NotFound' });
    expect(await stack.table.getLock(stack.aws.bucket)).toMatchObject({ queue: [] });
    expect((await stack.table.getLock(stack.aws.bucket))?.owner).toBeUndefined();
    expect((await stack.table.getRun('early'))?.status).toBe('Succeeded');
    expect((await stack.table.getRun('at-root'))?.stopRequestedAt).toBeDefined();
  });

  it('that is deployed again on what was kept brings those runs to their report, and sends nothing again that was answered', async () => {
    await stack.aws.update(inject('templateFile'));
    await stack.aws.clock.sleep(2 * hour);

    for (const name of ['at-root', 'staged', 'waiting']) {
      const outcome = await stack.readJson(`nova/batch/runs/${name}/outcome.json`, outcomeSchema);
      expect(outcome.status, name).toBe('Stopped');
    }
    const again = { media: { ...media, newOnly: true }, analyses: ['chapters'] };
    const answered = (await stack.ledger('at-root')).filter(({ outcome }) => outcome === 'succeeded');
    expect(answered.length).toBeGreaterThan(0);
    expect(answered.length).toBeLessThan(clips.length);
    const run = await stack.run(again, 'early-again');
    expect(outcomeOf(run).status).toBe('Succeeded');
    const sent = (await stack.ledger('early-again')).map(({ key }) => key);
    expect([...sent, ...answered.map(({ key }) => key)].sort()).toEqual(clips.map(({ key }) => key).sort());
    const nothing = await stack.run(again, 'early-too');
    expect(outcomeOf(nothing).status).toBe('NothingToDo');
  });
});
