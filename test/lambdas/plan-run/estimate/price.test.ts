import { describe, expect, it } from 'vitest';
import { refuseUnpriced } from '../../../../lambdas/plan-run/estimate/estimate-budget.ts';
import { withEstimate } from '../../../../lambdas/plan-run/estimate/estimate-plan.ts';
import type { MediaHeader } from '../../../../lambdas/shared/domain/media/media-header.ts';
import { findModel } from '../../../../lambdas/shared/domain/model/models.ts';
import type { Estimate } from '../../../../lambdas/shared/domain/plan/estimate.ts';
import { memoryInspect } from '../../../support/memory-inspect.ts';
import { messageOfRejection } from '../../../support/one-sentence.ts';
import {
  collect,
  jobAt,
  jobsOf,
  liteId,
  nightly,
  planOf,
  refusalOf,
  runPlan,
  worldWith,
  writtenPlan,
} from '../planning.ts';

/** One question in 40 characters whose answer may have 1,000 tokens, so that 500 are expected. */
const shots = { name: 'shots', prompt: 'List the shots of this clip, every one!!', inference: { maxTokens: 1000 } };
const request = { media: { prefixes: ['proxies/'] }, analyses: [shots], retries: 0 };
const quotas = { modelQuotas: { [liteId]: { minRecordsPerJob: 2 } } };

/** Facts of the videos 1 to `count`: video n has n minutes. */
const minutes = (count: number) =>
  memoryInspect(
    Object.fromEntries(
      Array.from({ length: count }, (_, at): [string, MediaHeader] => [
        `proxies/${String(at + 1).padStart(4, '0')}.mp4`,
        { seconds: 60 * (at + 1) },
      ]),
    ),
  );

async function estimateOf(
  world: ReturnType<typeof worldWith>,
  input: object,
  inspect = minutes(20),
): Promise<Estimate> {
  const { estimate } = await planOf(world, input, { ...quotas, inspect });
  if (estimate === undefined) throw new TypeError('The plan has no estimate.');
  return estimate;
}

describe('the estimate of a plan', () => {
  it('has the tokens of media, prompt and expected answer, as a batch and on demand', async () => {
    const estimate = await estimateOf(worldWith(3), request);

    const inputTokens = (60 + 120 + 180) * 288 + 3 * 10;
    const batchUsd = (inputTokens * 0.00003 + 3 * 500 * 0.00012) / 1000;
    expect(estimate).toMatchObject({ records: 3, inputTokens, outputTokens: 1500 });
    expect(estimate.batchUsd).toBeCloseTo(batchUsd, 12);
    expect(estimate.onDemandUsd).toBeCloseTo(2 * batchUsd, 12);
    expect(estimate.totalUsd).toBeCloseTo(batchUsd, 12);
    expect(estimate.atMostUsd).toBeCloseTo(((inputTokens + 30) * 0.00003 + 3 * 1000 * 0.00012) / 1000, 12);
    expect(estimate.media).toEqual({ total: 3, lookedAt: 3, unknown: 0 });
    expect(estimate.price).toMatchObject({ input: 0.00006, output: 0.00024, asOf: '2026-08-28' });
  });

  it('tells analyses apart, each with its media and its answers', async () => {
    const names = { name: 'names', prompt: 'Who?', inference: { maxTokens: 100 }, media: ['image'] };
    const world = worldWith(2);
    world.store.put('proxies/a.png', { bytes: 10 });
    world.store.put('proxies/b.jpg', { bytes: 10 });
    const facts = { 'proxies/a.png': { pixels: { width: 900, height: 900 } }, 'proxies/0001.mp4': { seconds: 1 } };

    const estimate = await estimateOf(
      world,
      { ...request, analyses: [{ ...shots, media: ['video'] }, names] },
      memoryInspect(facts),
    );

    expect(estimate.byAnalysis).toMatchObject({
      shots: { records: 2, inputTokens: 288 + 276_480 + 2 * 10, outputTokens: 1000 },
      names: { records: 2, inputTokens: 1300 + 2600 + 2, outputTokens: 100 },
    });
    expect(estimate.media).toEqual({ total: 4, lookedAt: 4, unknown: 2 });
    expect(estimate.records).toBe(4);
  });

  it('looks into media once, however many questions are asked of them', async () => {
    const inspect = memoryInspect();
    const estimate = await estimateOf(worldWith(2), { ...request, analyses: ['summary', 'chapters', shots] }, inspect);

    expect(inspect.asked.sort()).toEqual(['proxies/0001.mp4', 'proxies/0002.mp4']);
    expect(estimate.media).toEqual({ total: 2, lookedAt: 2, unknown: 2 });
  });

  it('has padding and copies on top, and the price of the settings', async () => {
    const modelPrices = { [liteId]: { input: 1, output: 2 } };
    const world = worldWith(1);

    const { estimate } = await planOf(world, { ...request, layout: 'staged' }, { modelPrices, inspect: minutes(1) });

    const batchUsd = ((60 * 288 + 10) * 0.5 + 500) / 1000;
    expect(estimate).toMatchObject({
      price: { input: 1, output: 2, source: 'the setting modelPrices' },
      padding: { records: 99 },
      staging: { objects: 1, bytes: 1000 },
      jobs: { count: 1, layout: 'staged' },
    });
    expect(estimate?.batchUsd).toBeCloseTo(batchUsd, 9);
    expect(estimate?.padding.usd).toBeGreaterThan(99 * 0.001);
    expect(estimate?.totalUsd).toBeCloseTo(batchUsd + Number(estimate?.padding.usd) + Number(estimate?.staging.usd), 9);
  });

  it('is made from 2,000 of more media, near the truth, which is not above the most', async () => {
    const inspect = minutes(2500);
    const truth = Array.from({ length: 2500 }, (_, at) => 288 * Math.min(60 * (at + 1), 960) + 10);
    const inputTokens = truth.reduce((sum, tokens) => sum + tokens, 0);

    const estimate = await estimateOf(worldWith(2500), request, inspect);

    expect(estimate.media).toEqual({ total: 2500, lookedAt: 2000, unknown: 0 });
    expect(Math.abs(estimate.inputTokens / inputTokens - 1)).toBeLessThan(0.01);
    expect(estimate.atMostUsd).toBeGreaterThan((inputTokens * 0.00003 + 2500 * 1000 * 0.00012) / 1000);
  });

  it('is shown to those who watch, and not made where it could say nothing', async () => {
    const world = worldWith(2);
    await estimateOf(world, request);

    const run = await world.table.getRun(nightly);
    const { totalUsd, atMostUsd } = writtenPlan(world).estimate ?? {};
    expect(run?.planned?.estimate).toEqual({ totalUsd, atMostUsd });
  });
});

describe('a model without a price', () => {
  const model = findModel(liteId)?.model;
  if (model === undefined) throw new TypeError('Nova Lite is not in the table.');
  const context = async (world: ReturnType<typeof worldWith>, inspect = minutes(2)) => {
    const { firstAttempt, analyses } = await planOf(world, request, quotas);
    return { firstAttempt, context: { store: world.store, inspect, analyses, model, price: 'unknown' as const } };
  };

  it('has no estimate, and nobody looks into the media, unless somebody asks', async () => {
    const inspect = minutes(2);
    const { firstAttempt, context: unpriced } = await context(worldWith(2), inspect);

    expect(await withEstimate(firstAttempt, { name: 'x' }, unpriced)).toEqual({ price: 'unknown', firstAttempt });
    expect(inspect.asked).toEqual([]);
  });

  it('is told in tokens by a dry run, and in dollars as unknown, never as 0', async () => {
    const { firstAttempt, context: unpriced } = await context(worldWith(2));

    const { estimate } = await withEstimate(firstAttempt, { dryRun: true }, unpriced);

    const unknown = { batchUsd: 'unknown', onDemandUsd: 'unknown' };
    expect(estimate).toMatchObject({
      ...unknown,
      totalUsd: 'unknown',
      atMostUsd: 'unknown',
      inputTokens: 180 * 288 + 20,
    });
    expect(estimate?.byAnalysis.shots).toMatchObject(unknown);
  });

  it('is refused beside a budget', async () => {
    const refused = await messageOfRejection(
      Promise.resolve().then(() => refuseUnpriced({ maxCostUsd: 5 }, 'us.new-v1:0', 'unknown')),
      'RequestRefused',
    );

    expect(refused).toContain('"maxCostUsd" of the request is 5 and the price of us.new-v1:0 is unknown');
    expect(() => refuseUnpriced({}, 'us.new-v1:0', 'unknown')).not.toThrow();
  });
});

describe('a dry run', () => {
  it('has an estimate and nothing to send, however often it is come back to', async () => {
    const world = worldWith(3);
    const dryRun = { ...request, dryRun: true };

    for (const _ of ['first', 'again']) expect((await runPlan(world, dryRun, quotas)).jobs).toEqual([]);

    const plan = writtenPlan(world);
    expect(plan.firstAttempt).toBeUndefined();
    expect(plan.estimate?.jobs).toEqual({
      ...{ count: 1, layout: 'root', layoutReason: 'root is the default', atOnce: 1, longestHours: 84 },
    });
    expect(await jobsOf(world)).toEqual([]);
    expect(world.claims.all()).toEqual([]);
  });

  it('says what a run would leave out, and what it would be refused for', async () => {
    const world = worldWith(1);
    world.store.put('proxies/notes.txt', { bytes: 1 });
    world.store.put('proxies/old.avi', { bytes: 1 });

    const { skipped } = await planOf(world, { ...request, dryRun: true });

    expect(skipped.byReason).toEqual({
      'neither a video nor an image by its extension': 1,
      'would refuse the run: a video in a format that Bedrock does not take (avi)': 1,
    });
  });
});

describe('a request with a budget or for a dry run', () => {
  it.each([
    [{ maxCostUsd: 0 }, '"maxCostUsd" of the request is 0; expected more than 0: correct it.'],
    [{ maxCostUsd: -5 }, '"maxCostUsd" of the request is -5; expected more than 0: correct it.'],
    [{ maxCostUsd: '5' }, '"maxCostUsd" of the request is "5"; expected a number: correct it.'],
    [{ dryRun: 'yes' }, '"dryRun" of the request is "yes"; expected a boolean: correct it.'],
  ])('is refused with %j', async (fields, sentence) => {
    expect(await refusalOf(worldWith(1), { ...request, ...fields })).toBe(sentence);
  });
});

describe('a budget', () => {
  /** The most that two videos of one and two minutes can cost. */
  const most = ((180 * 288 + 40) * 0.00003 + 2 * 1000 * 0.00012) / 1000;
  const given = { ...quotas, inspect: minutes(2) };

  it('lets a request pass that can cost as much at most', async () => {
    expect((await runPlan(worldWith(2), { ...request, maxCostUsd: most + 1e-9 }, given)).jobs).toHaveLength(1);
  });

  it('refuses one that may cost more, with both numbers, before anything is planned', async () => {
    const world = worldWith(2);

    const refusal = await refusalOf(world, { ...request, maxCostUsd: most - 1e-9 }, given);

    expect(refusal).toMatch(
      /may cost up to \$0\.0017964, about \$0\.0016758 being expected, and its "maxCostUsd" is 0\.0017/,
    );
    expect(await jobsOf(world)).toEqual([]);
    expect(world.store.keys().filter((key) => key.endsWith('.json'))).toEqual([]);
  });

  it('says that it judges by a sample', async () => {
    expect(await refusalOf(worldWith(2001), { ...request, maxCostUsd: 0.01 }, quotas)).toContain(
      '(by 2000 of its 2001 media)',
    );
  });

  it('lets no further attempt go while nobody knows what a job has cost', async () => {
    const world = worldWith(2);
    const input = { ...request, retries: 1, maxCostUsd: 100 };
    const single = { ...given, modelQuotas: { [liteId]: { minRecordsPerJob: 1, maxRecordsPerJob: 1 } } };
    await runPlan(world, input, single);
    await collect(world, await jobAt(world, 0), { 1: { outcome: 'missing', reason: 'expired', retryable: true } });

    expect((await runPlan(world, input, single, { attempt: 1, count: 3 })).jobs).toEqual([]);
    expect(await jobsOf(world)).toHaveLength(2);
  });

  it.each([
    ['what is left of it is enough', 3 * most, 1],
    ['the first attempt has used it up', most + 1e-6, 0],
  ])('lets a further attempt go only where %s', async (_, maxCostUsd, attempts) => {
    const world = worldWith(2);
    const input = { ...request, retries: 1, maxCostUsd };
    await runPlan(world, input, given);
    const billed = { inputTokens: 180 * 288, outputTokens: 1000 };
    await collect(world, await jobAt(world, 0), {
      1: { outcome: 'failed', reason: 'cut', retryable: true, truncatedAtTokens: 1000 },
    });
    const job = await jobAt(world, 0);
    world.table.putJob({ ...job, collected: job.collected && { ...job.collected, billed } });

    expect((await runPlan(world, input, given)).jobs).toHaveLength(attempts);
  });
});
