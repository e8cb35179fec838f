import { describe, expect, it } from 'vitest';
import { attemptSchema } from '../../../../lambdas/shared/domain/plan/plan.ts';
import type { SubmittedEntry } from '../../../../lambdas/shared/domain/record/ledger.ts';
import { jobHashOf, recordIdOf } from '../../../../lambdas/shared/domain/record/record.ts';
import type { World } from '../../../support/world.ts';
import { collect, jobAt, jobsOf, liteId, nightly, oneQuestion, recordsIn, runPlan, worldWith } from '../planning.ts';

const throttled: Partial<SubmittedEntry> = { outcome: 'failed', reason: '429: slow down', retryable: true };
const missing: Partial<SubmittedEntry> = { outcome: 'missing', reason: 'expired', retryable: true };
const refused: Partial<SubmittedEntry> = { outcome: 'failed', reason: '400: no' };
const tooLarge = {
  status: 'Failed' as const,
  failure: { error: 'JobFailed', reason: 'Batch job contains more bytes, media included, (9) than the maximum of: 5' },
};
const threeJobs = { modelQuotas: { [liteId]: { minRecordsPerJob: 2, maxRecordsPerJob: 3 } } };

const twoJobs = { modelQuotas: { [liteId]: { minRecordsPerJob: 2, maxRecordsPerJob: 2 } } };

const attemptOf = (world: World, attempt: number) =>
  attemptSchema.parse(world.store.jsonOf(`nova/batch/runs/${nightly}/attempts/${attempt}.json`));
const hasAttempt = (world: World, attempt: number) =>
  world.store.has(`nova/batch/runs/${nightly}/attempts/${attempt}.json`);

describe('after an attempt', () => {
  it('there is nothing more to do where every record succeeded or failed for good', async () => {
    const world = worldWith(3);
    await runPlan(world, oneQuestion);
    await collect(world, await jobAt(world, 0), { 2: refused });

    expect(await runPlan(world, oneQuestion)).toEqual({ runId: nightly, jobs: [], jobsAtOnce: 1 });
    expect(hasAttempt(world, 2)).toBe(false);
  });

  it('what may succeed goes into a further one, in the order of the list, with what became of it before', async () => {
    const world = worldWith(7);
    await runPlan(world, oneQuestion, threeJobs);
    const [one, two, three] = await jobsOf(world);
    if (!one || !two || !three) throw new TypeError('Three jobs were expected.');
    await collect(world, one, { 1: throttled, 2: refused });
    await collect(world, two);
    await collect(world, three, { 1: missing, 2: { ...throttled, outcome: 'missing' } });

    const { jobs } = await runPlan(world, oneQuestion, threeJobs);

    const prefix = `media-${one.jobHash.slice(0, 10)}`;
    expect(jobs.map(({ jobName }) => jobName)).toEqual([`${prefix}-r2-1`]);
    const retry = await jobAt(world, 3);
    expect(retry.jobHash).toBe(jobHashOf('arn:nightly-1', '2026-11-02T09:00:00.000Z', 2, 1));
    expect(retry).toMatchObject({ attempt: 2, number: 1, records: 3, paddingRecords: 0, status: 'Planned' });
    expect(await recordsIn(world, retry)).toMatchObject([
      { key: 'proxies/0001.mp4', earlier: [{ recordId: recordIdOf(one.jobHash, 1), reason: '429: slow down' }] },
      { key: 'proxies/0006.mp4', earlier: [{ recordId: recordIdOf(three.jobHash, 1), reason: 'expired' }] },
      { key: 'proxies/0007.mp4', earlier: [{ recordId: recordIdOf(three.jobHash, 2), reason: '429: slow down' }] },
    ]);
    expect(await world.table.getRun(nightly)).toMatchObject({
      jobCount: 4,
      planned: { attempt: 2, records: 3, jobs: 1 },
    });
  });

  it('is packed by the rules of the first one', async () => {
    const world = worldWith(7);
    const request = { ...oneQuestion, layout: 'staged' };
    await runPlan(world, request, threeJobs);
    for (const job of await jobsOf(world)) await collect(world, job, { 1: missing, 2: missing, 3: missing });

    const { jobs, jobsAtOnce } = await runPlan(world, request, threeJobs);

    expect(jobs).toHaveLength(3);
    expect(jobsAtOnce).toBe(3);
    expect(attemptOf(world, 2)).toMatchObject({
      layout: 'staged',
      layoutReason: 'the request says staged',
      records: 7,
      staging: { objects: 7, bytes: 7000 },
    });
    expect((await jobAt(world, 3)).inputBucket).toBe('staging-bucket');
  });

  it('waits for all jobs of the one before', async () => {
    const world = worldWith(7);
    const first = await runPlan(world, oneQuestion, threeJobs);
    await collect(world, await jobAt(world, 0), { 1: missing });

    expect((await runPlan(world, oneQuestion, threeJobs)).jobs).toEqual(first.jobs.slice(1));
    expect(hasAttempt(world, 2)).toBe(false);
  });

  it.each([
    [0, 1],
    [1, 2],
    [2, 3],
    [undefined, 2],
  ])(
    'with retries %s there are at most %i attempts, and each names all sendings before it',
    async (retries, attempts) => {
      const world = worldWith(2);
      const request = { ...oneQuestion, retries };
      for (let attempt = 1; attempt <= attempts; attempt++) {
        expect((await runPlan(world, request)).jobs, `attempt ${attempt}`).toHaveLength(1);
        const job = await jobAt(world, attempt - 1);
        const [record] = await recordsIn(world, job);
        expect(record?.earlier ?? []).toHaveLength(attempt - 1);
        await collect(world, job, { 1: missing });
      }

      expect((await runPlan(world, request)).jobs).toEqual([]);
    },
  );

  it('is not planned with belowMinimum "fail" for fewer records than the minimum', async () => {
    const world = worldWith(4);
    const request = { ...oneQuestion, belowMinimum: 'fail' };
    const quotas = { modelQuotas: { [liteId]: { minRecordsPerJob: 2 } } };
    await runPlan(world, request, quotas);
    await collect(world, await jobAt(world, 0), { 1: missing });

    expect((await runPlan(world, request, quotas)).jobs).toEqual([]);
    expect(hasAttempt(world, 2)).toBe(false);
  });

  it('refuses a ledger that is not that of the records', async () => {
    const world = worldWith(2);
    await runPlan(world, oneQuestion);
    await collect(world, await jobAt(world, 0), { 1: { ...missing, key: 'other.mp4' } });

    await expect(runPlan(world, oneQuestion)).rejects.toThrow('has other.mp4 where proxies/0001.mp4 was planned');
  });
});

describe('an answer that was truncated', () => {
  it.each([
    [1000, 2000],
    [2500, 5000],
    [4000, 5000],
  ])('at %i tokens gets %i, as far as the model has them', async (truncatedAtTokens, maxTokens) => {
    const world = worldWith(2);
    await runPlan(world, oneQuestion);
    const cut = { outcome: 'failed' as const, reason: 'cut', retryable: true, truncatedAtTokens };
    await collect(world, await jobAt(world, 0), { 1: cut, 2: missing });
    await runPlan(world, oneQuestion);

    const records = await recordsIn(world, await jobAt(world, 1));

    expect(records.map((record) => record.maxTokens)).toEqual([maxTokens, undefined]);
  });

  it('keeps its room in the attempts after that', async () => {
    const world = worldWith(1);
    const request = { ...oneQuestion, retries: 2 };
    await runPlan(world, request);
    await collect(world, await jobAt(world, 0), { 1: { ...missing, truncatedAtTokens: 800 } });
    await runPlan(world, request);
    await collect(world, await jobAt(world, 1), { 1: missing });
    await runPlan(world, request);

    expect(await recordsIn(world, await jobAt(world, 2))).toMatchObject([{ maxTokens: 1600 }]);
  });
});

describe('a job that Bedrock found too large at the root', () => {
  it('is staged under auto, and its retries are not used up by that', async () => {
    const world = worldWith(2);
    const request = { ...oneQuestion, layout: 'auto', retries: 1 };
    await runPlan(world, request);
    await collect(world, await jobAt(world, 0), { 1: missing, 2: missing }, tooLarge);

    expect((await runPlan(world, request)).jobs).toHaveLength(1);
    expect(attemptOf(world, 2)).toMatchObject({
      layout: 'staged',
      layoutReason: 'auto: Bedrock refused a job at the root for the size of the bucket',
      isFallback: true,
      staging: { objects: 2, bytes: 2000 },
    });
    expect(await jobAt(world, 1)).toMatchObject({ layout: 'staged', inputBucket: 'staging-bucket' });

    await collect(world, await jobAt(world, 1), { 1: missing });
    expect((await runPlan(world, request)).jobs).toHaveLength(1);
    expect(attemptOf(world, 3)).toMatchObject({ layout: 'staged', records: 1 });
    await collect(world, await jobAt(world, 2), { 1: missing });
    expect((await runPlan(world, request)).jobs).toEqual([]);
  });

  it('is staged even where the request wants no retries', async () => {
    const world = worldWith(2);
    const request = { ...oneQuestion, layout: 'auto', retries: 0 };
    await runPlan(world, request);
    await collect(world, await jobAt(world, 0), { 1: missing, 2: missing }, tooLarge);

    expect((await runPlan(world, request)).jobs).toHaveLength(1);
    await collect(world, await jobAt(world, 1), { 1: missing });
    expect((await runPlan(world, request)).jobs).toEqual([]);
  });

  it('is staged alone where the retries are used up: what failed otherwise in another job is not sent again', async () => {
    const world = worldWith(4);
    const request = { ...oneQuestion, layout: 'auto', retries: 0 };
    await runPlan(world, request, twoJobs);
    await collect(world, await jobAt(world, 0), { 1: missing, 2: missing }, tooLarge);
    await collect(world, await jobAt(world, 1), { 1: missing, 2: throttled });

    await runPlan(world, request, twoJobs);

    expect(attemptOf(world, 2)).toMatchObject({ layout: 'staged', isFallback: true, records: 2 });
    const records = await recordsIn(world, await jobAt(world, 2));
    expect(records.map(({ key }) => key)).toEqual(['proxies/0001.mp4', 'proxies/0002.mp4']);
  });

  it('is staged with what failed otherwise where there are retries left, which that attempt is one of', async () => {
    const world = worldWith(4);
    const request = { ...oneQuestion, layout: 'auto', retries: 1 };
    await runPlan(world, request, twoJobs);
    await collect(world, await jobAt(world, 0), { 1: missing, 2: missing }, tooLarge);
    await collect(world, await jobAt(world, 1), { 1: missing, 2: throttled });

    await runPlan(world, request, twoJobs);

    expect(attemptOf(world, 2)).toMatchObject({ layout: 'staged', records: 4 });
    expect(attemptOf(world, 2).isFallback).toBeUndefined();
    for (const job of (await jobsOf(world)).slice(2)) await collect(world, job, { 1: missing });
    expect((await runPlan(world, request, twoJobs)).jobs).toEqual([]);
  });

  it('is not staged where the request says root', async () => {
    const world = worldWith(2);
    const request = { ...oneQuestion, layout: 'root', retries: 0 };
    await runPlan(world, request);
    await collect(world, await jobAt(world, 0), { 1: missing, 2: missing }, tooLarge);

    expect((await runPlan(world, request)).jobs).toEqual([]);
  });

  it('is not staged for another failure under auto', async () => {
    const world = worldWith(2);
    const request = { ...oneQuestion, layout: 'auto', retries: 0 };
    await runPlan(world, request);
    const failure = { error: 'JobFailed', reason: 'Access denied' };
    await collect(world, await jobAt(world, 0), { 1: missing, 2: missing }, { status: 'Failed', failure });

    expect((await runPlan(world, request)).jobs).toEqual([]);
  });
});

describe('a further attempt at the root', () => {
  it('is staged under auto where somebody else came meanwhile', async () => {
    const world = worldWith(2);
    const request = { ...oneQuestion, layout: 'auto' };
    await runPlan(world, request);
    await collect(world, await jobAt(world, 0), { 1: missing });
    world.store.put('x.jsonl', { text: 'mine' });

    await runPlan(world, request);

    expect(attemptOf(world, 2)).toMatchObject({ layout: 'staged', layoutReason: expect.stringContaining('"x.jsonl"') });
  });

  it('stays there where the request says root, and leaves the foreign input to the guard', async () => {
    const world = worldWith(2);
    await runPlan(world, oneQuestion);
    await collect(world, await jobAt(world, 0), { 1: missing });
    world.store.put('x.jsonl', { text: 'mine' });

    expect((await runPlan(world, oneQuestion)).jobs).toHaveLength(1);
    expect(attemptOf(world, 2)).toMatchObject({ layout: 'root', layoutReason: 'root is the default' });
  });
});
