import { describe, expect, it } from 'vitest';
import type { Lease } from '../../../../../lambdas/shared/domain/lock/lock.ts';
import { leaveTheLease } from '../../../../../lambdas/shared/domain/lock/release-lock.ts';
import { aJob, childArnOf } from '../../../../support/factories.ts';
import { holding, memoryWorld, planned } from '../../../../support/world.ts';

const since = '2026-11-02T09:00:00.000Z';

describe('leaving the lease of a bucket', () => {
  it('frees it, once and again', async () => {
    const world = memoryWorld();
    const job = await holding(world, await planned(world));

    await leaveTheLease(job, world.table);
    await leaveTheLease(job, world.table);

    const lease = await world.table.getLease(job.bucket);
    expect(lease).toMatchObject({ version: 2, fence: 1, waiters: [] });
    expect(lease?.holder).toBeUndefined();
  });

  it('changes nothing where there is none, or where another job holds it', async () => {
    const world = memoryWorld();
    await leaveTheLease(aJob(), world.table);
    expect(await world.table.getLease('media-bucket')).toBeUndefined();

    const holder = await holding(world, await planned(world, { runId: 'run-2' }));
    const before = await world.table.getLease(holder.bucket);
    await leaveTheLease(aJob(), world.table);
    expect(await world.table.getLease(holder.bucket)).toEqual(before);
  });

  it('tries again when others change it meanwhile, and keeps their change', async () => {
    const world = memoryWorld();
    const job = await holding(world, await planned(world));
    const waiter = { runId: 'w', jobName: 'w', executionArn: childArnOf('w'), since, seenAt: since };
    let disturbances = 3;
    const replaceLease = async (previous: Lease | undefined, next: Lease): Promise<boolean> => {
      if (disturbances-- > 0 && previous) {
        await world.table.replaceLease(previous, { ...previous, version: previous.version + 1, waiters: [waiter] });
      }
      return world.table.replaceLease(previous, next);
    };

    await leaveTheLease(job, { getLease: world.table.getLease, replaceLease });

    const lease = await world.table.getLease(job.bucket);
    expect(lease?.holder).toBeUndefined();
    expect(lease?.waiters).toEqual([waiter]);
  });

  it('gives up for now, as a passing error, when the others never stop', async () => {
    const world = memoryWorld();
    const job = await holding(world, await planned(world));

    const leaving = leaveTheLease(job, { getLease: world.table.getLease, replaceLease: async () => false });

    await expect(leaving).rejects.toMatchObject({ name: 'Throttled', message: expect.stringContaining('10 times') });
  });
});
