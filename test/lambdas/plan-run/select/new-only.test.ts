import { describe, expect, it } from 'vitest';
import { fingerprintOf } from '../../../../lambdas/shared/domain/analysis/analysis.ts';
import type { Claim } from '../../../../lambdas/shared/domain/claim/claim.ts';
import { maxItemsPerRead } from '../../../../lambdas/shared/domain/limits.ts';
import { planned, type World } from '../../../support/world.ts';
import { collect, jobAt, liteId, nightly, oneQuestion, planOf, recordsIn, runPlan, worldWith } from '../planning.ts';

const newOnly = { ...oneQuestion, media: { ...oneQuestion.media, newOnly: true } };
const fingerprint = fingerprintOf(liteId, { prompt: 'List.', inference: { maxTokens: 2000 }, schema: undefined });

/** A claim on a video by its number, made by the job of run `other`. */
async function claim(world: World, video: number, overrides: Partial<Claim> = {}): Promise<void> {
  const key = `proxies/${String(video).padStart(4, '0')}.mp4`;
  const etag = (await world.store.headObject(key))?.etag ?? '';
  const of = { runId: 'other', jobName: 'media-other-1', recordId: `abcdef012345-${video}` };
  world.claims.put({ bucket: 'media-bucket', key, fingerprint, etag, ...of, ...overrides });
}

/** Run `other`, which goes on; or has ended, its only job with this many successes. */
async function otherRun(world: World, succeeded?: number): Promise<void> {
  const job = await planned(world, { runId: 'other' });
  if (succeeded === undefined) return;
  await collect(world, job, succeeded > 0 ? {} : { 1: { outcome: 'missing' } });
  await world.table.finishRun('other', { status: succeeded > 0 ? 'Succeeded' : 'Failed' });
}

const keysIn = async (world: World) => (await recordsIn(world, await jobAt(world, 0))).map(({ key }) => key);

describe('with newOnly, a record is skipped', () => {
  it.each([
    ['while another run asks it', undefined, {}, 'pending in another run'],
    ['when another run has answered it', 1, {}, 'answered by an earlier run'],
    [
      'when it failed for good',
      1,
      { outcome: 'failed' as const, reason: '400: too long' },
      'failed for good in an earlier run: 400: too long',
    ],
  ])('%s', async (_, succeeded, overrides, reason) => {
    const world = worldWith(2);
    await otherRun(world, succeeded);
    await claim(world, 1, overrides);

    const { media, skipped } = await planOf(world, newOnly);

    expect(await keysIn(world)).toEqual(['proxies/0002.mp4']);
    expect({ media, skipped }).toEqual({ media: 2, skipped: { total: 1, byReason: { [reason]: 1 } } });
    expect(world.store.jsonLinesOf(`nova/batch/runs/${nightly}/ledger/skipped.ndjson`)).toEqual([
      { key: 'proxies/0001.mp4', analysis: 'shots', outcome: 'skipped', reason },
    ]);
  });
});

describe('with newOnly, a record is planned', () => {
  it.each([
    ['when it came to nothing', 1, { outcome: 'open' as const, reason: 'throttled' }],
    ['when its job answered nobody', 0, {}],
    ['when its media has changed since', 1, { etag: 'another' }],
    ['when another question was asked', 1, { fingerprint: 'other' }],
    ['when media of its name lie in another bucket', 1, { bucket: 'other-bucket' }],
  ])('%s', async (_, succeeded, overrides) => {
    const world = worldWith(1);
    await otherRun(world, succeeded);
    await claim(world, 1, overrides);

    expect(await planOf(world, newOnly)).toMatchObject({ firstAttempt: { records: 1 }, skipped: { total: 0 } });
  });
});

it('without newOnly everything is planned, whatever was asked before', async () => {
  const world = worldWith(1);
  await otherRun(world, 1);
  await claim(world, 1);

  expect(await planOf(world, oneQuestion)).toMatchObject({ firstAttempt: { records: 1 }, skipped: { total: 0 } });
});

describe('where nothing is new', () => {
  it('the plan has no attempt, and the run is ready for its report', async () => {
    const world = worldWith(2);
    await otherRun(world, 1);
    for (const video of [1, 2]) await claim(world, video);

    const plan = await planOf(world, newOnly);

    expect(plan).toMatchObject({ media: 2, skipped: { total: 2, byReason: { 'answered by an earlier run': 2 } } });
    expect(plan.firstAttempt).toBeUndefined();
    expect(await runPlan(world, newOnly)).toEqual({ runId: nightly, jobs: [], jobsAtOnce: 1 });
    expect(await world.table.listJobs(nightly)).toEqual([]);
    expect(world.store.linesOf(`nova/batch/runs/${nightly}/ledger/skipped.ndjson`)).toHaveLength(2);
  });
});

it('claims are read in pieces that the table takes, and each job that they name once', async () => {
  const world = worldWith(2 * maxItemsPerRead + 1);
  await otherRun(world, 1);
  for (let video = 1; video <= 2 * maxItemsPerRead; video++) await claim(world, video);
  const reads: number[] = [];
  let jobReads = 0;
  const overrides = {
    claims: {
      ...world.claims,
      readClaims: (subjects: Parameters<World['claims']['readClaims']>[0]) => {
        reads.push(subjects.length);
        return world.claims.readClaims(subjects);
      },
    },
    table: {
      ...world.table,
      getJob: (reference: Parameters<World['table']['getJob']>[0]) => {
        jobReads += 1;
        return world.table.getJob(reference);
      },
    },
  };

  await runPlan(world, newOnly, overrides);

  expect(reads).toEqual([100, 100, 1]);
  expect(jobReads).toBe(1);
  expect(await keysIn(world)).toEqual(['proxies/0201.mp4']);
});
