import { describe, expect, it } from 'vitest';
import { judgeWaits } from '../../../lambdas/recover-runs/judge-waits.ts';
import type { Job } from '../../../lambdas/shared/domain/job/job.ts';
import { childArnOf, startOfStory } from '../../support/factories.ts';
import { expectOneSentence } from '../../support/one-sentence.ts';
import { holding, memoryWorld, planned, type World } from '../../support/world.ts';

const minutesAgo = (world: World, minutes: number) => new Date(world.now() - minutes * 60_000).toISOString();

/** A job of a run of its own that waits. */
async function waiting(world: World, runId: string, kind: 'root' | 'slot', minutes: number, more: Partial<Job> = {}) {
  const since = minutesAgo(world, minutes);
  await planned(world, { runId, jobName: `${runId}-1`, status: 'Waiting', waiting: { for: kind, since }, ...more });
}

describe('the waits of jobs', () => {
  it('are none where no job waits', async () => {
    const world = memoryWorld();
    await planned(world, { runId: 'running', jobName: 'running-1' });

    expect(await judgeWaits(world)).toEqual({ openRuns: 1, longestWaitMinutes: 0, ownersNotJudged: [] });
  });

  it('are as long as that of the job which waits longest, whatever it waits for', async () => {
    const world = memoryWorld();
    await waiting(world, 'one', 'root', 30);
    await waiting(world, 'two', 'slot', 90.5);
    await waiting(world, 'given-up', 'slot', 900, { phase: 'closed' });

    expect(await judgeWaits(world)).toMatchObject({ openRuns: 3, longestWaitMinutes: 90 });
  });

  it('leave out runs that have ended', async () => {
    const world = memoryWorld();
    await waiting(world, 'ended', 'slot', 90);
    await world.table.finishRun('ended', { status: 'Failed' });

    expect(await judgeWaits(world)).toEqual({ openRuns: 0, longestWaitMinutes: 0, ownersNotJudged: [] });
  });
});

describe('the owner of a root that others wait for', () => {
  async function heldWorld({ isWaitedFor = true } = {}) {
    const world = memoryWorld();
    const owner = await holding(world, await planned(world, { runId: 'owner', jobName: 'owner-1' }));
    if (isWaitedFor) await waiting(world, 'one', 'root', 30);
    if (isWaitedFor) await waiting(world, 'two', 'root', 20);
    return { world, owner };
  }
  const notJudged = async (world: World) => (await judgeWaits(world)).ownersNotJudged;

  it('is judged while its execution runs, and once it has ended', async () => {
    const { world } = await heldWorld();
    expect(await notJudged(world)).toEqual([]);

    world.executions.end(childArnOf('owner'), startOfStory, 'FAILED');

    expect(await notJudged(world)).toEqual([]);
  });

  it('cannot be judged once its execution is forgotten, and is named once', async () => {
    const { world } = await heldWorld();
    world.executions.forget(childArnOf('owner'));

    const [sentence = '', ...more] = await notJudged(world);

    expect(more).toEqual([]);
    expectOneSentence(sentence, 'owner-1', childArnOf('owner'), 'has forgotten');
  });

  it('cannot be judged where the table has no such job', async () => {
    const { world } = await heldWorld();
    const table = { ...world.table, findJob: async () => undefined };

    const [sentence = ''] = (await judgeWaits({ ...world, table })).ownersNotJudged;

    expectOneSentence(sentence, 'owner-1', 'not in the table');
  });

  it('needs no judging when its job is closed, or when nobody waits', async () => {
    const { world, owner } = await heldWorld();
    world.executions.forget(childArnOf('owner'));
    await world.table.closeJob(owner);
    expect(await notJudged(world)).toEqual([]);

    const { world: quiet } = await heldWorld({ isWaitedFor: false });
    quiet.executions.forget(childArnOf('owner'));

    expect(await notJudged(quiet)).toEqual([]);
  });
});
