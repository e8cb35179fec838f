import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { GetModelInvocationJobCommand } from '@aws-sdk/client-bedrock';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import type { Job } from '../../lambdas/shared/domain/job/job.ts';
import { ledgerEntrySchema } from '../../lambdas/shared/domain/record/ledger.ts';
import { resultSchema } from '../../lambdas/shared/domain/record/result.ts';
import type { Outcome } from '../../lambdas/shared/domain/run/outcome.ts';
import { sampleClips } from '../support/clips.ts';
import { type SampleImage, sampleImageFolder, sampleImages } from '../support/images.ts';
import { type EndedRun, type LocalStack, outcomeOf, startLocalStack } from '../support/local-stack.ts';

const elementsSchema = z.object({
  elements: z.array(z.object({ firstSeenSeconds: z.number(), lastSeenSeconds: z.number() })).min(1),
});
const outputLineSchema = z.looseObject({
  modelInput: z.strictObject({ messages: z.array(z.unknown()), inferenceConfig: z.looseObject({}) }),
  modelOutput: z.looseObject({ metrics: z.looseObject({}) }),
});

const clips = sampleClips.filter(({ key }) => key.startsWith('proxies/')).slice(0, 4);

let stack: LocalStack;

beforeAll(async () => {
  stack = await startLocalStack();
  await stack.putClips(clips);
  await Promise.all(
    sampleImages.map(({ key, format }) =>
      stack.put(key, readFileSync(join(sampleImageFolder, key)), `image/${format}`),
    ),
  );
});
afterAll(() => stack.close());

describe('images alone', () => {
  let outcome: Outcome;
  let job: Job | undefined;

  beforeAll(async () => {
    outcome = outcomeOf(await stack.run({ media: { prefixes: ['stills/', 'thumbnails/'] } }, 'images-alone'));
    job = await jobOf('images-alone');
  });

  it('are all analysed, in a job that is padded', () => {
    expect(outcome).toMatchObject({ status: 'Succeeded', media: sampleImages.length });
    expect(outcome.records).toEqual({ submitted: 6, succeeded: 6, failed: 0, missing: 0 });
    expect(job).toMatchObject({ paddingRecords: 94, counters: { total: 100, succeeded: 100, failed: 0 } });
  });

  it('are sent with Converse, as the request that was written down says and Bedrock confirms', async () => {
    expect(job).toMatchObject({ modelInvocationType: 'Converse', createRequest: { modelInvocationType: 'Converse' } });
    expect(await typeAtBedrock(job)).toBe('Converse');
  });

  it('have records in the words of Converse throughout, padding too', async () => {
    const [key = ''] = (await stack.keys(job?.batchOutputS3Prefix)).filter((name) => name.endsWith('.jsonl.out'));

    expect(await stack.readLines(key, outputLineSchema)).toHaveLength(100);
  });

  it.each(sampleImages)(
    'give a result for $key that is true to its frame size and says that it is an image',
    async (image) => {
      await expectResult('summary', image);
    },
  );
});

describe('images and videos in one run with three analyses', () => {
  let outcome: Outcome;

  beforeAll(async () => {
    const request = {
      media: { prefixes: ['proxies/', 'stills/', 'thumbnails/'] },
      analyses: ['summary', 'chapters', 'elements'],
    };
    outcome = outcomeOf(await stack.run(request, 'mixed'));
  });

  it('ask each image what can be asked of an image, and each video everything', async () => {
    const entries = await stack.ledger('mixed');

    expect(outcome).toMatchObject({ status: 'Succeeded', media: 10 });
    expect(outcome.records).toEqual({ submitted: 24, succeeded: 24, failed: 0, missing: 0 });
    expect(entries.map(({ key, analysis }) => `${key} ${analysis}`).sort()).toEqual(
      [
        ...clips.flatMap(({ key }) => [`${key} summary`, `${key} chapters`, `${key} elements`]),
        ...sampleImages.flatMap(({ key }) => [`${key} summary`, `${key} elements`]),
      ].sort(),
    );
  });

  it('count what was not asked, with its reason, and list it', async () => {
    const reason = 'the analysis is not for images';

    expect(outcome.skipped).toEqual({ total: 6, byReason: { [reason]: 6 } });
    expect(await stack.readLines('nova/batch/runs/mixed/ledger/skipped.ndjson', ledgerEntrySchema)).toEqual(
      sampleImages.map(({ key }) => ({ key, analysis: 'chapters', outcome: 'skipped', reason })),
    );
  });

  it('are one job of Converse, whose videos are answered as well', async () => {
    expect(await jobOf('mixed')).toMatchObject({ createRequest: { modelInvocationType: 'Converse' } });
    for (const clip of clips) await expectResult('chapters', clip);
  });

  it.each(sampleImages)('give elements of $key, at no time', async (image) => {
    const { elements } = elementsSchema.parse(await expectResult('elements', image));

    expect(elements.map(({ firstSeenSeconds, lastSeenSeconds }) => [firstSeenSeconds, lastSeenSeconds])).toEqual(
      elements.map(() => [0, 0]),
    );
  });
});

describe('a run that asks only about videos', () => {
  it('stays with InvokeModel though images lie beside them', async () => {
    const request = { media: { prefixes: ['proxies/', 'stills/'] }, analyses: ['chapters'] };

    const outcome = outcomeOf(await stack.run(request, 'chapters-only'));

    expect(outcome).toMatchObject({ status: 'Succeeded', media: 4, records: { submitted: 4 } });
    expect(outcome.skipped.byReason).toEqual({ 'no analysis of the request is for images': 4 });
    const job = await jobOf('chapters-only');
    expect(job).toMatchObject({ createRequest: { modelInvocationType: 'InvokeModel' } });
    expect(await typeAtBedrock(job)).toBe('InvokeModel');
  });
});

describe('a run that cannot work', () => {
  it.each([
    [
      'asks images only what is for videos',
      { media: { prefixes: ['stills/'] }, analyses: ['chapters'] },
      'add an analysis',
    ],
    [
      'reaches a photo that Bedrock does not take',
      { media: { keys: ['IMG_0001.HEIC'] } },
      'Image "IMG_0001.HEIC" has a',
    ],
  ])('is refused before anything is paid for when it %s', async (_, request, words) => {
    await stack.put('IMG_0001.HEIC', 'heic', 'image/heic');
    const run: EndedRun = await stack.run(request);

    expect(run).toMatchObject({ status: 'FAILED', error: 'RequestRefused' });
    expect(run.cause).toContain(words);
    expect(await stack.inputs()).toEqual([]);
  });
});

async function expectResult(analysis: string, media: Pick<SampleImage, 'key' | 'bytes' | 'width' | 'height'>) {
  const result = await stack.readJson(`nova/batch/results/${analysis}/${media.key}.json`, resultSchema);
  const kind = media.key.startsWith('proxies/') ? 'video' : 'image';
  expect(result.media).toMatchObject({ key: media.key, kind, bytes: media.bytes });
  expect(result.text).toContain(`${media.width}x${media.height} pixels`);
  expect(result.json).toBeTypeOf('object');
  return result.json;
}

async function jobOf(runId: string): Promise<Job | undefined> {
  const [job] = await stack.table.listJobs(runId);
  return job;
}

async function typeAtBedrock(job: Job | undefined): Promise<string | undefined> {
  const command = new GetModelInvocationJobCommand({ jobIdentifier: job?.batchJobArn });
  return (await stack.bedrock.send(command)).modelInvocationType;
}
