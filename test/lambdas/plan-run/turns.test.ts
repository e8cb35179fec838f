import { describe, expect, it } from 'vitest';
import type { PlanDependencies } from '../../../lambdas/plan-run/create-plan.ts';
import { planRun } from '../../../lambdas/plan-run/plan-run.ts';
import { maxTurns } from '../../../lambdas/shared/domain/checkpoint.ts';
import { type Plan, planSchema } from '../../../lambdas/shared/domain/plan/plan.ts';
import { type PlanCheckpoint, planRunOutputSchema } from '../../../lambdas/shared/domain/state.ts';
import { expectOneSentence, messageOfRejection } from '../../support/one-sentence.ts';
import type { World } from '../../support/world.ts';
import {
  collect,
  dependenciesOf,
  executionOf,
  jobsOf,
  nightly,
  planOf,
  recordsIn,
  worldWith,
  writtenPlan,
} from './planning.ts';

const cut = (steps: number): (() => boolean) => {
  let left = steps;
  return () => left-- <= 0;
};

/** Plans in turns that have time for so many steps each, as the machine calls them; gives how many there were. */
async function planInTurns(
  world: World,
  input: unknown,
  stepsPerTurn: number,
  overrides: Partial<PlanDependencies> = {},
): Promise<number> {
  let checkpoint: PlanCheckpoint | undefined;
  for (let turns = 1; ; turns++) {
    const dependencies = dependenciesOf(world, { ...overrides, isTimeUp: cut(stepsPerTurn) });
    const output = planRunOutputSchema.parse(await planRun({ ...executionOf(input), checkpoint }, dependencies));
    if (output.checkpoint === undefined) return turns;
    expect(output.jobs).toEqual([]);
    checkpoint = output.checkpoint;
  }
}

/** Everything that one may reach: nested prefixes, keys, a manifest with bad and double rows, and what is skipped. */
function mixedWorld(): World {
  const world = worldWith(5);
  for (const key of ['stills/1.png', 'stills/2.png', 'stills/notes.txt', 'other/a.mp4', 'other/b.mp4', 'other/c.mp4']) {
    world.store.put(key, { bytes: 1000 });
  }
  const rows = [
    'other/b.mp4,x',
    'other/b.mp4,y',
    ',z',
    'proxies/0001.mp4,x',
    'other/c.mp4,x',
    'gone.mp4,x',
    'other/b.mp4,x',
  ];
  world.store.put('list.csv', { text: `key,camera\n${rows.join('\n')}\n` });
  return world;
}

const mixed = {
  media: {
    prefixes: ['proxies/', 'stills/', 'proxies/000'],
    keys: ['other/a.mp4', 'stills/1.png'],
    manifest: 'list.csv',
  },
  analyses: [
    { name: 'shots', prompt: 'List.' },
    { name: 'camera', prompt: 'What did {{camera}} see?', media: ['video'] },
  ],
};

/** A plan without what names its planner and its time. */
function essenceOf({ firstAttempt, skippedKey, ...plan }: Plan): unknown {
  const { recordsKey, ...attempt } = firstAttempt ?? { recordsKey: '' };
  return { ...plan, attempt, has: [recordsKey, skippedKey].map((key) => key !== undefined) };
}

async function listsOf(world: World): Promise<unknown[]> {
  const records = await Promise.all((await jobsOf(world)).map((job) => recordsIn(world, job)));
  const skipped = world.store.jsonLinesOf(`nova/batch/runs/${nightly}/ledger/skipped.ndjson`);
  return [records.flat(), skipped];
}

describe('a plan in turns', () => {
  it.each([2, 3, 5, 8, 1000])('of %i steps each is the plan of one turn', async (steps) => {
    const [whole, parts] = [mixedWorld(), mixedWorld()];
    const quotas = { modelQuotas: { 'us.amazon.nova-lite-v1:0': { minRecordsPerJob: 3, maxRecordsPerJob: 5 } } };

    const plan = await planOf(whole, mixed, quotas);
    const turns = await planInTurns(parts, { ...mixed, layout: 'staged' }, steps, quotas);

    expect(turns > 2).toBe(steps < 8);
    const staged = await planOf(mixedWorld(), { ...mixed, layout: 'staged' }, quotas);
    expect(essenceOf(writtenPlan(parts))).toEqual(essenceOf(staged));
    expect(plan.skipped).toEqual(staged.skipped);
    expect(await listsOf(parts)).toEqual(await listsOf(whole));
  });

  it.each(['root', 'auto'])('looks through the bucket in turns too: %s', async (layout) => {
    const world = mixedWorld();

    expect(await planInTurns(world, { ...mixed, layout }, 4)).toBeGreaterThan(4);

    expect(essenceOf(writtenPlan(world))).toEqual(essenceOf(await planOf(mixedWorld(), { ...mixed, layout })));
  });

  it('finds somebody else and a full bucket in whatever turn they lie', async () => {
    const world = mixedWorld();
    world.store.put('zzz/theirs.jsonl', { bytes: 1 });
    await expect(messageOfRejection(planInTurns(world, mixed, 4), 'RequestRefused')).resolves.toContain('theirs.jsonl');

    const full = mixedWorld();
    for (const key of ['a.bin', 'zzz.bin']) full.store.put(key, { bytes: 60e9 });
    await expect(messageOfRejection(planInTurns(full, mixed, 4), 'RequestRefused')).resolves.toContain(
      'holds 120.0 GB',
    );
  });

  it('of prebuilt records has each of them once', async () => {
    const world = worldWith(0);
    const modelInput = { messages: [{ role: 'user', content: [{ text: 'Hello.' }] }] };
    const lines = Array.from({ length: 9 }, (_, at) => JSON.stringify({ recordId: `r${at}`, modelInput }));
    world.store.put('ready.ndjson', { text: lines.join('\n') });

    expect(await planInTurns(world, { records: 'ready.ndjson' }, 2)).toBeGreaterThan(2);

    const [job] = await jobsOf(world);
    if (job === undefined) throw new TypeError('The run has no job.');
    expect((await recordsIn(world, job)).map(({ key }) => key)).toEqual(lines.map((_, at) => `r${at}`));
  });

  it('leaves the lists of lost and repeated turns alone, so that each turn counts once', async () => {
    const world = mixedWorld();
    const request = { ...mixed, layout: 'staged' };
    const turn = async (checkpoint: PlanCheckpoint | undefined, steps: number) => {
      const dependencies = dependenciesOf(world, { isTimeUp: cut(steps) });
      return (await planRun({ ...executionOf(request), checkpoint }, dependencies)).checkpoint;
    };

    const lost = await turn(undefined, 3);
    const first = await turn(undefined, 5);
    await turn(first, 2);
    const second = await turn(first, 4);
    expect(lost?.turn).toBe(2);
    expect(second?.turn).toBe(3);
    expect(await turn(second, 1000)).toBeUndefined();

    expect(essenceOf(writtenPlan(world))).toEqual(essenceOf(await planOf(mixedWorld(), request)));
  });

  it('is refused when the manifest is another one by then', async () => {
    const world = mixedWorld();
    const request = { media: { manifest: 'list.csv' }, analyses: mixed.analyses, layout: 'staged' };
    const first = await planRun(executionOf(request), dependenciesOf(world, { isTimeUp: cut(2) }));
    world.store.put('list.csv', { text: 'key,camera\nother/a.mp4,x\n' });

    const next = planRun({ ...executionOf(request), checkpoint: first.checkpoint }, dependenciesOf(world));

    expectOneSentence(await messageOfRejection(next, 'RequestRefused'), '"list.csv", was replaced while it was read');
  });

  it('comes to an end', async () => {
    const world = worldWith(maxTurns + 5);

    const planning = planInTurns(world, { media: { prefixes: ['proxies/'] }, layout: 'staged' }, 0);

    expectOneSentence(
      await messageOfRejection(planning, 'TooManyTurns'),
      'Planning run',
      'in 20 turns',
      'divide its request',
    );
    expect(world.store.has(`nova/batch/runs/${nightly}/plan.json`)).toBe(false);
  });
});

it('the bucket is looked through in turns before a further attempt as well, and its jobs are not given again for that', async () => {
  const world = worldWith(6);
  const request = { media: { prefixes: ['proxies/'] }, analyses: mixed.analyses.slice(0, 1), layout: 'auto' };
  await planOf(world, request);
  const [job] = await jobsOf(world);
  if (job === undefined) throw new TypeError('The run has no job.');
  await collect(world, job, { 2: { outcome: 'failed', retryable: true, reason: 'throttled' } });
  let checkpoint: PlanCheckpoint | undefined;
  const dispatch = { attempt: 1, count: 2 };

  for (let turns = 1; ; turns++) {
    const dependencies = dependenciesOf(world, { isTimeUp: cut(2) });
    const output = await planRun({ ...executionOf(request), checkpoint, dispatch }, dependencies);
    checkpoint = output.checkpoint;
    if (checkpoint !== undefined) expect(output.dispatch).toEqual(dispatch);
    if (checkpoint !== undefined) continue;
    expect(turns).toBeGreaterThan(2);
    expect(output).toMatchObject({
      jobs: [{ jobName: expect.stringContaining('-r2-1') }],
      dispatch: { attempt: 2, count: 1 },
    });
    break;
  }
  expect(planSchema.parse(writtenPlan(world)).firstAttempt?.records).toBe(6);
});
