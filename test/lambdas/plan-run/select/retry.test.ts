import { describe, expect, it } from 'vitest';
import type { PlanDependencies } from '../../../../lambdas/plan-run/create-plan.ts';
import { planRun } from '../../../../lambdas/plan-run/plan-run.ts';
import { recordFingerprint } from '../../../../lambdas/shared/domain/analysis/analysis.ts';
import { type PlanCheckpoint, planRunOutputSchema } from '../../../../lambdas/shared/domain/state.ts';
import { expectOneSentence } from '../../../support/one-sentence.ts';
import type { World } from '../../../support/world.ts';
import {
  dependenciesOf,
  type Ends,
  executionOf,
  jobAt,
  jobsOf,
  oneQuestion,
  planOf,
  proxies,
  ranBefore,
  recordsIn,
  refusalOf,
  runPlan,
  worldWith,
  writtenPlan,
} from '../planning.ts';

const failed = { outcome: 'failed', reason: 'No.' } as const;
const missing = { outcome: 'missing', reason: 'No answer.' } as const;
const retry = { retryOf: 'earlier' };
const twoQuestions = { ...proxies, analyses: ['a', 'b'].map((name) => ({ name, prompt: `Question ${name}?` })) };

/** A world with four videos after a run in which some did not succeed. */
async function worldAfter(ends: Ends, input: object = oneQuestion): Promise<World> {
  const world = worldWith(4);
  await ranBefore(world, input, ends);
  return world;
}

const modelInput = { messages: [{ role: 'user', content: [{ text: 'Hello.' }] }] };

/** A world after a run of three prebuilt records, of which the second failed. */
async function worldAfterGiven(): Promise<World> {
  const world = worldWith(0);
  const lines = ['one', 'two', 'three'].map((recordId) => JSON.stringify({ recordId, modelInput }));
  world.store.put('ready.ndjson', { text: lines.join('\n') });
  await ranBefore(world, { records: 'ready.ndjson' }, { 2: failed });
  return world;
}

const recordsOfRetry = async (world: World) =>
  (await Promise.all((await jobsOf(world)).map((job) => recordsIn(world, job)))).flat();

describe('a retry', () => {
  it('asks the same of what failed or is missing, and of nothing else', async () => {
    const world = await worldAfter({ 2: failed, 3: missing, 8: failed }, twoQuestions);

    const plan = await planOf(world, retry);

    const asked = (await recordsOfRetry(world)).map(({ key, analysis }) => `${key} ${analysis}`);
    expect(asked).toEqual(['proxies/0001.mp4 b', 'proxies/0002.mp4 a', 'proxies/0004.mp4 b']);
    expect(plan).toMatchObject({ media: 3, skipped: { total: 0 }, request: retry });
    expect(plan.analyses).toEqual(writtenPlan(world, 'earlier').analyses);
  });

  it('takes the settings of the run, unless it has its own', async () => {
    const settings = { name: 'shots', retries: 0, timeoutHours: 30, maxCostUsd: 9 };
    const world = await worldAfter({ 1: failed }, { ...oneQuestion, ...settings });

    const plan = await planOf(world, { ...retry, maxCostUsd: 5, retries: 2 });

    expect(plan).toMatchObject({ timeoutHours: 30, retries: 2, request: { name: 'shots', maxCostUsd: 5 } });
    expect((await jobAt(world, 0)).jobName).toMatch(/^shots-/);
  });

  it('looks at the media as they are now, and leaves out what is gone', async () => {
    const world = await worldAfter({ 1: failed, 2: failed });
    world.store.put('proxies/0001.mp4', { bytes: 2222 });
    await world.store.deleteObjects(['proxies/0002.mp4']);

    const plan = await planOf(world, retry);

    const [record] = await recordsOfRetry(world);
    expect(record).toMatchObject({ key: 'proxies/0001.mp4', bytes: 2222 });
    expect(plan.skipped).toEqual({ total: 1, byReason: { 'the object is not in the bucket any more': 1 } });
  });

  it('leaves out what was replaced by something that Bedrock does not take, and no other one', async () => {
    const world = await worldAfter({ 1: failed, 2: failed });
    world.store.put('proxies/0001.mp4', { bytes: 3_000_000_000 });

    const plan = await planOf(world, retry);

    expect((await recordsOfRetry(world)).map(({ key }) => key)).toEqual(['proxies/0002.mp4']);
    expect(plan.skipped.byReason).toEqual({ 'a video of more than 1 GB': 1 });
  });

  it('keeps the room of an answer that was truncated before its last sending came to nothing otherwise', async () => {
    const earlier = [{ recordId: 'first', reason: 'cut', truncatedAtTokens: 2000 }];
    const world = await worldAfter({ 1: { ...missing, earlier } }, { ...oneQuestion, retries: 0 });

    await planOf(world, retry);

    expect((await recordsOfRetry(world)).map(({ maxTokens }) => maxTokens)).toEqual([4000]);
  });

  it('gives an answer that was truncated more room', async () => {
    const world = await worldAfter(
      { 1: { ...failed, truncatedAtTokens: 2000 }, 2: failed },
      { ...oneQuestion, retries: 0 },
    );

    await planOf(world, retry);

    expect((await recordsOfRetry(world)).map(({ maxTokens }) => maxTokens)).toEqual([4000, undefined]);
  });

  it('asks with the same columns of a manifest', async () => {
    const world = worldWith(2);
    world.store.put('list.csv', {
      text: 'key,who\nproxies/0001.mp4,Ann\nproxies/0001.mp4,Bob\nproxies/0002.mp4,Ann\n',
    });
    const analyses = [{ name: 'who', prompt: 'Is {{who}} there?' }];
    await ranBefore(world, { media: { manifest: 'list.csv' }, analyses }, { 2: failed, 3: missing });

    const plan = await planOf(world, retry);

    const records = await recordsOfRetry(world);
    expect(records.map(({ key, columns }) => [key, columns?.who])).toEqual([
      ['proxies/0001.mp4', 'Bob'],
      ['proxies/0002.mp4', 'Ann'],
    ]);
    expect(records[0]?.variant).toMatch(/^[0-9a-f]{16}$/);
    expect(plan.media).toBe(2);
  });

  it('sends prebuilt records again as they came', async () => {
    const world = await worldAfterGiven();

    const plan = await planOf(world, retry);

    expect(await recordsOfRetry(world)).toEqual([
      { key: 'two', etag: '', bytes: 0, analysis: 'records', prebuilt: { modelInput } },
    ]);
    expect(plan.request.records).toBe('ready.ndjson');
  });

  it('of a retry asks what is still without an answer', async () => {
    const world = await worldAfter({ 1: failed, 3: failed });
    await ranBefore(world, retry, { 2: missing }, 'again');

    await planOf(world, { retryOf: 'again' });

    expect((await recordsOfRetry(world)).map(({ key }) => key)).toEqual(['proxies/0003.mp4']);
  });

  it('has nothing to do where everything succeeded, or nothing was sent', async () => {
    const world = await worldAfter({});
    await ranBefore(world, { ...oneQuestion, dryRun: true }, {}, 'dry');

    const plan = await planOf(world, retry);

    expect(plan.media).toBe(0);
    expect(plan.firstAttempt).toBeUndefined();
    expect((await runPlan(world, { retryOf: 'dry' }, {}, undefined, 'other')).jobs).toEqual([]);
  });

  it.each([true, false])(
    'asks what failed for good, and leaves what another run has answered since, a retry too (newOnly: %s)',
    async (newOnly) => {
      const world = await worldAfter({ 1: failed, 2: failed }, { media: { ...proxies.media, newOnly } });
      const [analysis] = writtenPlan(world, 'earlier').analyses;
      if (analysis === undefined) throw new TypeError('The run asked nothing.');
      await ranBefore(world, { media: { keys: ['proxies/0002.mp4'] } }, {}, 'since');
      const claimOn = async (key: string, runId: string) => ({
        ...{ bucket: 'media-bucket', key, fingerprint: recordFingerprint(analysis, {}), runId, jobName: '' },
        ...{ etag: (await world.store.headObject(key))?.etag ?? '', recordId: 'x' },
      });
      world.claims.put({ ...(await claimOn('proxies/0001.mp4', 'earlier')), outcome: 'failed' });
      const [job] = await world.table.listJobs('since');
      world.claims.put({ ...(await claimOn('proxies/0002.mp4', 'since')), jobName: job?.jobName ?? '' });

      const plan = await planOf(world, retry);

      expect((await recordsOfRetry(world)).map(({ key }) => key)).toEqual(['proxies/0001.mp4']);
      expect(plan.skipped.byReason).toEqual({ 'answered by an earlier run': 1 });
    },
  );

  it.each([0, 1])('of %i steps more than one a turn is that of one turn', async (steps) => {
    const ends = { 2: failed, 3: missing, 4: failed, 7: failed };
    const [whole, parts] = [await worldAfter(ends, twoQuestions), await worldAfter(ends, twoQuestions)];
    await planOf(whole, retry);
    let turns = 0;
    for (let checkpoint: PlanCheckpoint | undefined; turns === 0 || checkpoint !== undefined; turns++) {
      let left = steps;
      const isTimeUp: PlanDependencies['isTimeUp'] = () => left-- <= 0;
      const overrides = { isTimeUp };
      const planned = await planRun(
        { ...executionOf({ ...retry, layout: 'staged' }), checkpoint },
        dependenciesOf(parts, overrides),
      );
      checkpoint = planRunOutputSchema.parse(planned).checkpoint;
    }

    expect(turns).toBeGreaterThan(1);
    expect(await recordsOfRetry(parts)).toEqual(await recordsOfRetry(whole));
    expect(writtenPlan(parts).media).toBe(writtenPlan(whole).media);
  });
});

describe('a retry is refused', () => {
  it.each([
    ['of a run that nobody knows', async () => {}, 'which this stack does not know'],
    [
      'of one that goes on',
      async (world: World) => void (await world.table.createRun({ ...earlierRun, status: 'Running' })),
      'which still goes on',
    ],
    [
      'of one whose files are gone',
      async (world: World) => void (await world.table.createRun({ ...earlierRun, status: 'Failed' })),
      'has no plan or no ledger in the bucket',
    ],
  ])('%s', async (_, prepare, words) => {
    const world = worldWith(1);
    await prepare(world);

    expectOneSentence(await refusalOf(world, retry), '"retryOf" of the request names run "earlier"', words, 'expected');
    expect(world.store.written).toEqual([]);
  });

  it('of one whose ledger clean-up has removed', async () => {
    const world = await worldAfter({ 1: failed });
    await world.store.deleteObjects(['nova/batch/runs/earlier/ledger/records.ndjson']);

    expectOneSentence(await refusalOf(world, retry), 'no ledger in the bucket', 'name the media again');
  });

  it('of one about another bucket', async () => {
    const world = await worldAfter({ 1: failed });
    const plan = { ...writtenPlan(world, 'earlier'), bucket: 'other' };
    world.store.put('nova/batch/runs/earlier/plan.json', { text: JSON.stringify(plan) });

    expectOneSentence(await refusalOf(world, retry), 'which was about bucket other; expected one about media-bucket');
  });

  it('of prebuilt records in staged jobs, which read copies', async () => {
    const world = await worldAfterGiven();

    expectOneSentence(await refusalOf(world, { ...retry, layout: 'staged' }), 'retries prebuilt records', 'expected');
  });

  it('of one whose model the stack was not deployed for', async () => {
    const world = await worldAfter({ 1: failed });

    expectOneSentence(await refusalOf(world, retry, { deployedModelIds: ['us.amazon.nova-pro-v1:0'] }), 'nova-lite');
  });

  it.each(['media', 'records', 'analyses', 'model'])('beside "%s"', async (field) => {
    const value = { media: proxies.media, records: 'a.ndjson', analyses: ['summary'], model: 'm' }[field];

    expectOneSentence(
      await refusalOf(worldWith(1), { ...retry, [field]: value }),
      `"retryOf" and "${field}"`,
      'remove one',
    );
  });
});

const earlierRun = {
  requestJson: '{}',
  ...{ runId: 'earlier', executionArns: ['arn:earlier'], startedAt: '2026-11-02T09:00:00.000Z', jobCount: 0 },
};
