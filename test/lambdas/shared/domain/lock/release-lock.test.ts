import { describe, expect, it } from 'vitest';
import type { Lock } from '../../../../../lambdas/shared/domain/lock/lock.ts';
import { releaseLock } from '../../../../../lambdas/shared/domain/lock/release-lock.ts';
import { aJob, childArnOf } from '../../../../support/factories.ts';
import { holding, memoryWorld, planned } from '../../../../support/world.ts';

const since = '2026-11-02T09:00:00.000Z';

describe('leaving the lock of a bucket', () => {
  it('frees it, once and again', async () => {
    const world = memoryWorld();
    const job = await holding(world, await planned(world));

    await releaseLock(job, world.table);
    await releaseLock(job, world.table);

    const lock = await world.table.getLock(job.bucket);
    expect(lock).toMatchObject({ version: 2, fence: 1, queue: [] });
    expect(lock?.owner).toBeUndefined();
  });

  it('changes nothing where there is none, or where another job holds it', async () => {
    const world = memoryWorld();
    await releaseLock(aJob(), world.table);
    expect(await world.table.getLock('media-bucket')).toBeUndefined();

    const owner = await holding(world, await planned(world, { runId: 'run-2' }));
    const before = await world.table.getLock(owner.bucket);
    await releaseLock(aJob(), world.table);
    expect(await world.table.getLock(owner.bucket)).toEqual(before);
  });

  it('tries again when others change it meanwhile, and keeps their change', async () => {
    const world = memoryWorld();
    const job = await holding(world, await planned(world));
    const queued = { runId: 'w', jobName: 'w', executionArn: childArnOf('w'), since, seenAt: since };
    let disturbances = 3;
    const replaceLock = async (previous: Lock | undefined, next: Lock): Promise<boolean> => {
      if (disturbances-- > 0 && previous) {
        await world.table.replaceLock(previous, { ...previous, version: previous.version + 1, queue: [queued] });
      }
      return world.table.replaceLock(previous, next);
    };

    await releaseLock(job, { getLock: world.table.getLock, replaceLock });

    const lock = await world.table.getLock(job.bucket);
    expect(lock?.owner).toBeUndefined();
    expect(lock?.queue).toEqual([queued]);
  });

  it('gives up for now, as a passing error, when the others never stop', async () => {
    const world = memoryWorld();
    const job = await holding(world, await planned(world));

    const leaving = releaseLock(job, { getLock: world.table.getLock, replaceLock: async () => false });

    await expect(leaving).rejects.toMatchObject({ name: 'Throttled', message: expect.stringContaining('10 times') });
  });
});
