import { describe, expect, it } from 'vitest';
import { cleanUp } from '../../../lambdas/clean-up/clean-up.ts';
import { maxTurns } from '../../../lambdas/shared/domain/checkpoint.ts';
import { type CleanUpCheckpoint, firstCleanUp } from '../../../lambdas/shared/domain/clean-up.ts';
import { metadataOf } from '../../../lambdas/shared/domain/job/scan-folder.ts';
import { childArnOf } from '../../support/factories.ts';
import { expectOneSentence, messageOfRejection } from '../../support/one-sentence.ts';
import { memoryWorld, planned, putInputOf, type World } from '../../support/world.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** Cleans up until it was asked so often whether time is up. */
function clean(
  world: World,
  asks = Number.POSITIVE_INFINITY,
  input: { dryRun?: boolean; checkpoint?: CleanUpCheckpoint } = {},
) {
  let asked = 0;
  return cleanUp(input, { ...world, retentionDays: 30, isTimeUp: () => asked++ >= asks });
}

function putOld(world: World, key: string): void {
  world.store.put(key, { lastModified: new Date(world.now() - 40 * dayMs) });
}

/** A world with old objects of every kind, in which some stay for ever at the beginning of each place. */
async function litteredWorld(): Promise<World> {
  const world = memoryWorld();
  const live = await planned(world, { runId: '0-live', layout: 'staged', executionArn: childArnOf('0-live') });
  world.executions.start(childArnOf('0-live'));
  for (let at = 0; at < 5; at++) {
    world.staging.put(`${live.copiesPrefix}${at}.mp4`, { metadata: metadataOf(live) });
    putOld(world, `nova/batch/runs/0-live/${at}`);
    world.store.put(`batch_input_0-young-${at}.jsonl`);
    for (const place of ['input/', 'output/j/', 'runs/r/', 'staging/j/']) putOld(world, `nova/batch/${place}${at}`);
    putOld(world, `batch_input_old-${at}.jsonl`);
    world.uploads.begin(`nova/batch/runs/r/${at}`, new Date(0));
    world.stagedUploads.begin(`j/media/${at}`, new Date(0));
    for (const days of [40, 30, 20]) {
      world.versions.put(`nova/batch/output/j/${at}`, new Date(world.now() - days * dayMs), days === 20);
    }
  }
  const dead = await planned(world, { runId: 'dead', layout: 'staged', executionArn: childArnOf('dead') });
  putInputOf(world, dead);
  for (let at = 0; at < 5; at++) world.staging.put(`${dead.copiesPrefix}${at}.mp4`, { metadata: metadataOf(dead) });
  world.staging.put('z-young/media/a.mp4');
  world.executions.end(childArnOf('dead'), world.now() - dayMs);
  await world.table.updateRun('dead', { status: 'Failed' });
  return world;
}

const stateOf = async (world: World) => ({
  objects: [...world.store.keys(), ...world.staging.keys()],
  uploads: [...world.uploads.keys(), ...world.stagedUploads.keys()],
  versions: world.versions.keys(),
  phase: (await world.table.getJob({ runId: 'dead', jobName: 'media-dead-1' })).phase,
});

describe('a clean-up that runs out of time', () => {
  it('says where to go on, and the next night does so', async () => {
    const world = memoryWorld();
    for (let at = 0; at < 10; at++) putOld(world, `nova/batch/output/j/${at}.out`);

    const first = await clean(world, 4);
    const second = await clean(world);

    expect(first).toMatchObject({
      removed: { outputs: 4 },
      checkpoint: { turn: 2, stage: 'outputs', after: 'nova/batch/output/j/3.out' },
    });
    expect(second).toMatchObject({ checkpoint: undefined, removed: { outputs: 6 } });
    expect(await world.checkpoints.readCheckpoint('media-bucket')).toBeUndefined();
  });

  it.each([1, 2, 3, 7])(
    'comes to the same end in nights of %i objects, whatever stays at the beginning',
    async (asks) => {
      const whole = await litteredWorld();
      await clean(whole);
      const world = await litteredWorld();

      let nights = 1;
      while ((await clean(world, asks)).checkpoint !== undefined) nights += 1;

      expect(nights).toBeLessThan(100);
      expect(await stateOf(world)).toEqual(await stateOf(whole));
      expect((await stateOf(world)).phase).toBe('closed');
    },
  );

  it.each([1, 2, 3, 7])('counts the same in a dry run of turns of %i objects', async (asks) => {
    const world = await litteredWorld();
    const whole = await clean(world, undefined, { dryRun: true });

    const total: Record<string, number> = {};
    for (let checkpoint: CleanUpCheckpoint | undefined = firstCleanUp; checkpoint !== undefined; ) {
      // Turns as small as these are more than a clean-up may take.
      const turn = await clean(world, asks, { dryRun: true, checkpoint: { ...checkpoint, turn: 1 } });
      for (const [kind, count] of Object.entries(turn.removed)) total[kind] = (total[kind] ?? 0) + count;
      checkpoint = turn.checkpoint;
    }

    expect(total).toEqual(whole.removed);
    expect(total).toEqual({
      ...{ inputs: 0, unknownInputs: 5, copies: 11, outputs: 5, runs: 5, oldInputs: 5, uploads: 10, versions: 10 },
    });
  });

  it('by hand comes to an end, where the nights never do', async () => {
    const world = await litteredWorld();
    const last = { turn: maxTurns, stage: 'outputs', after: '' } as const;
    await world.checkpoints.writeCheckpoint('media-bucket', last);

    const byHand = clean(world, 1, { checkpoint: last });

    expectOneSentence(
      await messageOfRejection(byHand, 'TooManyTurns'),
      'bucket media-bucket did not end in 20 turns of 15 minutes: run it again',
    );
    expect((await clean(world, 1)).checkpoint).toMatchObject({ turn: 2 });
  });

  it('by hand or in a dry run leaves the place of the nights as it is', async () => {
    const world = await litteredWorld();
    const { checkpoint } = await clean(world, 3);

    await clean(world, 1, { checkpoint: firstCleanUp });
    await clean(world, 1, { dryRun: true });

    expect(checkpoint).toBeDefined();
    expect(await world.checkpoints.readCheckpoint('media-bucket')).toEqual(checkpoint);
  });
});

it('cleans up 100,000 objects of which half stay, a thousand a request', async () => {
  const world = memoryWorld();
  for (let at = 0; at < 50_000; at++) {
    putOld(world, `nova/batch/output/j/${at}.out`);
    world.store.put(`nova/batch/output/j/${at}.young`);
  }

  expect(await clean(world)).toMatchObject({ checkpoint: undefined, removed: { outputs: 50_000 } });
  expect(world.store.deleteRequests).toEqual(Array(50).fill(1000));
  expect(world.store.keys()).toHaveLength(50_000);
});
