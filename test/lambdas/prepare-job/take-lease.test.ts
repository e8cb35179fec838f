import { describe, expect, it } from 'vitest';
import { takeLease } from '../../../lambdas/prepare-job/take-lease.ts';
import type { Lease } from '../../../lambdas/shared/lease.ts';
import { aCreateRequest, childArnOf } from '../../support/factories.ts';
import { expectOneSentence, messageOfRejection } from '../../support/one-sentence.ts';
import { holding, memoryWorld, planned } from '../../support/world.ts';

const contenderOf = (runId: string) => ({ runId, jobName: `media-${runId}-1`, executionArn: childArnOf(runId) });

describe('taking the lease', () => {
  it('gives a fencing number at once where it is free', async () => {
    const world = memoryWorld();

    expect(await takeLease('media-bucket', contenderOf('a'), world)).toBe(1);
    expect(await takeLease('media-bucket', contenderOf('a'), world)).toBe(1);
    expect(await world.table.getLease('media-bucket')).toMatchObject({ version: 1, holder: contenderOf('a') });
  });

  it('is per bucket', async () => {
    const world = memoryWorld();

    await takeLease('one-bucket', contenderOf('a'), world);

    expect(await takeLease('other-bucket', contenderOf('b'), world)).toBe(1);
  });

  it('says who has it, since when and how many come before, and writes the place down', async () => {
    const world = memoryWorld();
    await holding(world, await planned(world, { runId: 'a' }));
    await planned(world, { runId: 'b' });

    const message = await messageOfRejection(takeLease('media-bucket', contenderOf('b'), world), 'FolderBusy');
    const second = await messageOfRejection(takeLease('media-bucket', contenderOf('c'), world), 'FolderBusy');

    expectOneSentence(
      message,
      'Job media-b-1 waits for the root of bucket media-bucket: job media-a-1 of run a has it since',
      '1 before it',
    );
    expectOneSentence(second, '2 before it');
    expect((await world.table.getLease('media-bucket'))?.waiters.map(({ runId }) => runId)).toEqual(['b', 'c']);
  });

  it('goes to exactly one of two that ask at the same moment', async () => {
    const world = memoryWorld();

    const asked = ['a', 'b'].map((runId) => takeLease('media-bucket', contenderOf(runId), world));
    const answers = await Promise.allSettled(asked);

    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(answers.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { name: 'FolderBusy' } });
  });

  it('takes over from a holder only 16 minutes after its execution ended, when Bedrock knows no job of it', async () => {
    const world = memoryWorld();
    await holding(world, await planned(world, { runId: 'a' }));
    world.executions.end(childArnOf('a'), world.now());

    world.passMinutes(15);
    await expect(takeLease('media-bucket', contenderOf('b'), world)).rejects.toMatchObject({ name: 'FolderBusy' });
    world.passMinutes(1);
    expect(await takeLease('media-bucket', contenderOf('b'), world)).toBe(2);
  });

  it.each([
    ['InProgress', 'FolderBusy'],
    ['Stopping', 'FolderBusy'],
    ['Completed', undefined],
    ['Expired', undefined],
  ] as const)('from a dead execution whose Bedrock job is %s: %s', async (status, error) => {
    const world = memoryWorld();
    const job = await holding(world, await planned(world, { runId: 'a' }));
    const createRequest = aCreateRequest(job);
    await world.table.updateJob(job, { createRequest, batchJobArn: world.bedrock.add(createRequest, { status }) });
    world.executions.end(childArnOf('a'), world.now());
    world.passMinutes(60);

    const asked = takeLease('media-bucket', contenderOf('b'), world);

    if (error === undefined) return expect(await asked).toBe(2);
    await expect(asked).rejects.toMatchObject({ name: error });
  });

  it('never takes over from a holder that nobody can judge', async () => {
    const world = memoryWorld();
    const job = await planned(world, { runId: 'a' });
    await holding(world, job);
    world.executions.end(childArnOf('a'), world.now());
    world.passMinutes(60 * 24 * 30);
    const table = { ...world.table, findJob: async () => undefined };

    await expect(takeLease('media-bucket', contenderOf('b'), { ...world, table })).rejects.toMatchObject({
      name: 'FolderBusy',
    });
  });

  it('gives a resumed job a new number, so that its old execution is too late', async () => {
    const world = memoryWorld();
    await takeLease('media-bucket', contenderOf('a'), world);

    expect(await takeLease('media-bucket', { ...contenderOf('a'), executionArn: 'arn:resumed' }, world)).toBe(2);
  });

  it('tries again when somebody changes it in between, and gives up for now when they never stop', async () => {
    const world = memoryWorld();
    let disturbances = 3;
    const replaceLease = async (previous: Lease | undefined, next: Lease): Promise<boolean> =>
      disturbances-- > 0 ? false : world.table.replaceLease(previous, next);

    const table = { ...world.table, replaceLease };
    expect(await takeLease('media-bucket', contenderOf('a'), { ...world, table })).toBe(1);

    const restless = { ...world.table, replaceLease: async () => false };
    const message = await messageOfRejection(
      takeLease('media-bucket', contenderOf('b'), { ...world, table: restless }),
      'Throttled',
    );
    expectOneSentence(message, 'The lease on bucket media-bucket changed 10 times while job media-b-1 asked for it');
  });
});
