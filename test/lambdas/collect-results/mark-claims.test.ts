import { describe, expect, it } from 'vitest';
import { recordFingerprint } from '../../../lambdas/shared/domain/analysis/analysis.ts';
import type { ClaimSubject } from '../../../lambdas/shared/domain/claim/claim.ts';
import type { Job } from '../../../lambdas/shared/domain/job/job.ts';
import { claimOf, collect, completed, idOf, withNotSent } from '../../support/completed-job.ts';
import { type CrashPlan, crashing } from '../../support/crashes.ts';
import { anAnalysis, aPlannedRecord } from '../../support/factories.ts';
import { answerLine, errorLine } from '../../support/output-lines.ts';
import { memoryWorld, type World } from '../../support/world.ts';

/** What is written on the claims of a job's records, in their order. */
function marksOf(world: World, records: number): (string | undefined)[] {
  return Array.from({ length: records }, (_, at) => world.claims.get(claimOf(at + 1))?.outcome);
}

/** A job with a claim on each of its records. */
async function claimed(records: number, lines?: readonly string[], overrides: Partial<Job> = {}) {
  const world = memoryWorld();
  const job = await completed(world, records, lines, overrides);
  for (let number = 1; number <= records; number++) world.claims.put(claimOf(number));
  return { world, job };
}

const mixed = [answerLine(idOf(1)), errorLine(idOf(2), 400, 'Bad video'), errorLine(idOf(3), 429, 'Slow down')];

describe('the claims of a job', () => {
  it('are marked where a record did not succeed: for good, or open to whoever asks next', async () => {
    const { world, job } = await claimed(4, mixed);

    await collect(world, job);

    expect(marksOf(world, 4)).toEqual([undefined, 'failed', 'open', 'open']);
    expect(world.claims.get(claimOf(2))?.reason).toBe('400: Bad video');
    expect(world.claims.get(claimOf(4))?.reason).toBe('the job completed without an answer for this record');
  });

  it('are those of the question that was asked, with the values of its columns, and none of a record that came finished', async () => {
    const columns = { colour: 'red' };
    const prebuilt = { modelInput: {} };
    const records = [aPlannedRecord(1, { columns }), aPlannedRecord(2, { prebuilt, etag: '' }), aPlannedRecord(3)];
    const world = memoryWorld();
    const lines = [errorLine(idOf(1), 400), errorLine(idOf(2), 400), answerLine(idOf(3))];
    const job = await completed(world, 3, lines, {}, records);
    const marked: unknown[] = [];
    const claims = {
      ...world.claims,
      markClaim: async (claim: ClaimSubject) => {
        marked.push({ key: claim.key, fingerprint: claim.fingerprint });
        return true;
      },
    };

    await collect({ ...world, claims }, job);

    expect(marked).toEqual([{ key: aPlannedRecord(1).key, fingerprint: recordFingerprint(anAnalysis(), { columns }) }]);
  });

  it('are marked before the job is finished, because an unmarked claim then counts as a success', async () => {
    const { world, job } = await claimed(4, mixed);
    const plan: CrashPlan = { changesLeft: 0, isEffective: false };

    const crashed = collect({ ...world, table: crashing(world.table, ['finishJob'], plan) }, job);

    await expect(crashed).rejects.toMatchObject({ name: 'Crash' });
    expect(marksOf(world, 4)).toEqual([undefined, 'failed', 'open', 'open']);
  });

  it.each([false, true])('come to the same after a crash at any of them (change done: %s)', async (isEffective) => {
    for (let at = 0; at < 3; at++) {
      const { world, job } = await claimed(4, mixed);
      const claims = crashing(world.claims, ['markClaim'], { changesLeft: at, isEffective });
      await expect(collect({ ...world, claims }, job)).rejects.toMatchObject({ name: 'Crash' });
      expect((await world.table.getJob(job)).collected).toBeUndefined();

      await collect(world, job);

      expect(marksOf(world, 4)).toEqual([undefined, 'failed', 'open', 'open']);
    }
  });

  it('of a job without a success are left alone where they came to nothing: unmarked they are open', async () => {
    const { world, job } = await claimed(3, [errorLine(idOf(1), 400), errorLine(idOf(2), 429)]);

    await collect(world, job);

    expect(marksOf(world, 3)).toEqual(['failed', undefined, undefined]);
  });

  it('are left to the run that has them by now', async () => {
    const { world, job } = await claimed(2, [answerLine(idOf(1)), errorLine(idOf(2), 400)]);
    world.claims.put(claimOf(2, { runId: 'run-2', recordId: 'fedcba543210-000001' }));

    await collect(world, job);

    expect(world.claims.get(claimOf(2))).not.toHaveProperty('outcome');
  });

  it('of records that were not sent are open where they are ours, so that they do not count as answered', async () => {
    const { world, job } = await claimed(3, [answerLine(idOf(3))]);
    await withNotSent(world, job, {
      1: { outcome: 'skipped', reason: 'pending in another run' },
      2: { outcome: 'failed', reason: 'the media is gone' },
    });

    await collect(world, job);

    expect(marksOf(world, 3)).toEqual(['open', 'open', undefined]);
  });

  it('of records that were left to another run stay as that one has them', async () => {
    const { world, job } = await claimed(2, [answerLine(idOf(2))]);
    world.claims.put(claimOf(1, { runId: 'run-2', recordId: 'fedcba543210-000001' }));
    await withNotSent(world, job, { 1: { outcome: 'skipped', reason: 'pending in another run' } });

    await collect(world, job);

    expect(marksOf(world, 2)).toEqual([undefined, undefined]);
  });

  it.each([
    [1, 'open'],
    [2, 'failed'],
  ] as const)('of answers that were truncated in attempt %i of two are %s', async (attempt, mark) => {
    const cut = answerLine(idOf(2), { stopReason: 'max_tokens', outputTokens: 100 });
    const { world, job } = await claimed(2, [answerLine(idOf(1)), cut], { attempt });

    await collect(world, job);

    expect(marksOf(world, 2)).toEqual([undefined, mark]);
    expect(world.claims.get(claimOf(2))?.reason).toContain('the answer was truncated at 100 tokens');
  });
});
