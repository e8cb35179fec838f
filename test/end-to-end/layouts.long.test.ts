import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetModelInvocationJobCommand } from '@aws-sdk/client-bedrock';
import { HeadObjectCommand } from '@aws-sdk/client-s3';
import { afterEach, describe, expect, it } from 'vitest';
import { resultSchema } from '../../lambdas/shared/domain/record/result.ts';
import { sampleClips, sampleMediaFolder } from '../support/clips.ts';
import { type LocalStack, outcomeOf, startLocalStack } from '../support/local-stack.ts';

const clips = sampleClips.slice(0, 6);
const stray = '{"recordId":"theirs","modelInput":{"messages":[{"role":"user","content":[{"text":"Hi"}]}]}}\n';

let stack: LocalStack;

/** The bytes of a sample clip in the format that the key names. */
function clipLike(key: string): Buffer {
  const clip = sampleClips.find(({ container }) => container === key.slice(key.lastIndexOf('.') + 1).toLowerCase());
  return readFileSync(join(sampleMediaFolder, clip?.key ?? ''));
}

afterEach(() => stack.close());

const inputUriOf = async (batchJobArn?: string) => {
  const job = await stack.bedrock.send(new GetModelInvocationJobCommand({ jobIdentifier: batchJobArn }));
  return job.inputDataConfig?.s3InputDataConfig?.s3Uri;
};

describe('a staged run', () => {
  it('reads copies in a folder of the staging bucket, answers with the original keys and leaves no copy', async () => {
    stack = await startLocalStack();
    await stack.putClips(clips);

    const outcome = outcomeOf(await stack.run({ media: { prefixes: [''] }, layout: 'staged' }, 'staged'));

    expect(outcome).toMatchObject({ status: 'Succeeded', layout: { layout: 'staged' } });
    expect(outcome.layout?.stagedBytes).toBe(clips.reduce((sum, { bytes }) => sum + bytes, 0));
    expect(outcome.layout?.stagedUsd).toBeGreaterThan(0);
    const [job] = outcome.jobs;
    expect(await inputUriOf(job?.batchJobArn)).toBe(`s3://${stack.aws.outputs.StagingBucket}/${job?.jobName}/`);
    for (const { key, width, height } of clips) {
      const result = await stack.readJson(`nova/batch/results/summary/${key}.json`, resultSchema);
      expect(result.media.key).toBe(key);
      expect(result.text).toContain(`${width}x${height}`);
    }
    expect(await stack.stagedKeys()).toEqual([]);
    expect(await stack.inputs()).toEqual([]);
  });

  it('runs beside somebody else’s .jsonl in the media bucket, which stays as it is and is not run', async () => {
    stack = await startLocalStack();
    await stack.putClips(clips);
    await stack.put('exports/theirs.jsonl', stray, 'application/jsonl');

    const outcome = outcomeOf(await stack.run({ media: { prefixes: [''] }, layout: 'staged' }, 'beside'));

    expect(outcome.records).toEqual({ submitted: 6, succeeded: 6, failed: 0, missing: 0 });
    expect(await stack.readText('exports/theirs.jsonl')).toBe(stray);
  });
});

describe('an automatic layout', () => {
  it('is the root where the root can work', async () => {
    stack = await startLocalStack();
    await stack.putClips(clips);

    const outcome = outcomeOf(await stack.run({ media: { prefixes: [''] }, layout: 'auto' }));

    expect(outcome).toMatchObject({ status: 'Succeeded', layout: { layout: 'root', stagedBytes: 0, stagedUsd: 0 } });
  });

  it('is staged where somebody else’s .jsonl is in the bucket, and says so', async () => {
    stack = await startLocalStack();
    await stack.putClips(clips);
    await stack.put('exports/theirs.jsonl', stray, 'application/jsonl');

    const outcome = outcomeOf(await stack.run({ media: { prefixes: [''] }, layout: 'auto' }));

    expect(outcome).toMatchObject({ status: 'Succeeded', layout: { layout: 'staged' } });
    expect(outcome.layout?.reason).toContain('"exports/theirs.jsonl"');
  });

  const tightQuota = { maxJobBytes: 150_000 };

  it('falls back to copies when Bedrock finds the root too large, and says what happened', async () => {
    // The plan does not know this quota, as it does not know one that AWS lowers.
    stack = await startLocalStack({ quotas: tightQuota });
    await stack.putClips(sampleClips);

    const outcome = outcomeOf(
      await stack.run({ media: { keys: clips.map(({ key }) => key) }, layout: 'auto' }, 'fallback'),
    );

    expect(outcome).toMatchObject({ status: 'Succeeded', attempts: 2, layout: { layout: 'staged' } });
    expect(outcome.records).toEqual({ submitted: 6, succeeded: 6, failed: 0, missing: 0 });
    expect(outcome.jobs.map(({ status, layout }) => [status, layout])).toEqual([
      ['Failed', 'root'],
      ['Completed', 'staged'],
    ]);
    expect(await stack.inputs()).toEqual([]);
  });

  it('is the only one that falls back: a root run ends with the reason', async () => {
    stack = await startLocalStack({ quotas: tightQuota });
    await stack.putClips(sampleClips);

    const ended = await stack.run({ media: { keys: clips.map(({ key }) => key) }, layout: 'root' }, 'too-large');

    expect(ended).toMatchObject({ status: 'FAILED', error: 'RunFailed' });
    expect(await stack.stagedKeys()).toEqual([]);
    expect(await stack.ledger('too-large')).toHaveLength(6);
  });
});

describe('media whose keys Bedrock refuses', () => {
  const odd = [
    'odd/with space.mp4',
    'odd/comma,and=equals+plus%percent.mp4',
    'odd/100%.MOV',
    'odd/%20.mp4',
    'odd/Ärger–日本.webm',
    'odd/🎬.mkv',
    `odd/${'long-'.repeat(196)}.mp4`,
  ];

  it.each(['root', 'staged'] as const)('are answered under their own keys with layout %s', async (layout) => {
    stack = await startLocalStack();
    await Promise.all(odd.map((key) => stack.put(key, clipLike(key), 'binary/octet-stream')));
    const before = await Promise.all(odd.map(etagOf));

    const outcome = outcomeOf(await stack.run({ media: { prefixes: ['odd/'] }, layout }, 'odd'));

    expect(outcome.records).toEqual({ submitted: odd.length, succeeded: odd.length, failed: 0, missing: 0 });
    const ledger = await stack.ledger('odd');
    expect(ledger.map(({ key }) => key).sort()).toEqual([...odd].sort());
    const results = await Promise.all(
      (await stack.keys('nova/batch/results/summary/')).map((key) => stack.readJson(key, resultSchema)),
    );
    expect(results.map(({ media }) => media.key).sort()).toEqual([...odd].sort());
    expect(await Promise.all(odd.map(etagOf))).toEqual(before);
    expect(await stack.keys('nova/batch/staging/')).toEqual([]);
    expect(await stack.stagedKeys()).toEqual([]);
  });

  async function etagOf(key: string) {
    return (await stack.s3.send(new HeadObjectCommand({ Bucket: stack.aws.bucket, Key: key }))).ETag;
  }
});
