import { describe, expect, it } from 'vitest';
import { claimStates } from '../../../lambdas/shared/domain/claim/claim-states.ts';
import { type GivenEntry, ranJobs, report } from '../../support/reported-run.ts';
import { memoryWorld, type World } from '../../support/world.ts';

const daySeconds = 24 * 3600;
const ok: GivenEntry = { outcome: 'succeeded' };
const bad: GivenEntry = { outcome: 'failed', reason: '400: Bad video' };

/** In how many days the table forgets a run and its jobs; undefined where it never does. */
async function forgottenIn(world: World) {
  const daysTo = (expiresAt?: number) => expiresAt && (expiresAt - world.now() / 1000) / daySeconds;
  const jobs = await world.table.listJobs('run-1');
  return {
    run: daysTo((await world.table.getRun('run-1'))?.expiresAt),
    jobs: jobs.map(({ expiresAt }) => daysTo(expiresAt)),
  };
}

describe('what the table may forget of a run that has ended', () => {
  it('is all of one that answered nothing, its jobs first', async () => {
    const world = memoryWorld();
    await ranJobs(world, [[{ ledger: [bad] }, { ledger: [bad, bad] }]]);
    await report(world).catch(() => undefined);

    expect(await forgottenIn(world)).toEqual({ run: 400, jobs: [370, 370] });
  });

  it('is never a job that answered a record, nor its run, so that no claim of it is ever open', async () => {
    const world = memoryWorld();
    const [answered] = await ranJobs(world, [[{ ledger: [ok, bad] }, { ledger: [bad] }]]);
    await report(world);

    expect(await forgottenIn(world)).toEqual({ run: undefined, jobs: [undefined, 370] });
    const claim = { runId: 'run-1', jobName: answered?.jobName ?? '' };
    expect(await claimStates(world.table)(claim)).toBe('succeeded');
  });

  it('is a run that had no job', async () => {
    const world = memoryWorld();
    await ranJobs(world, [[]]);
    await report(world);

    expect(await forgottenIn(world)).toEqual({ run: 400, jobs: [] });
  });

  it('is nothing of a run that goes on', async () => {
    const world = memoryWorld();
    await ranJobs(world, [[{ ledger: [bad] }, { planned: [{}] }]]);

    expect(await forgottenIn(world)).toEqual({ run: undefined, jobs: [undefined, undefined] });
  });
});
