import { describe, expect, it } from 'vitest';
import { takeLock } from '../../../lambdas/prepare-job/take-lock.ts';
import type { Lock } from '../../../lambdas/shared/domain/lock/lock.ts';
import { releaseLock } from '../../../lambdas/shared/domain/lock/release-lock.ts';
import { aCreateRequest, childArnOf } from '../../support/factories.ts';
import { expectOneSentence, messageOfRejection } from '../../support/one-sentence.ts';
import { holding, memoryWorld, planned, type World } from '../../support/world.ts';

const contenderOf = (runId: string) => ({ runId, jobName: `media-${runId}-1`, executionArn: childArnOf(runId) });

/** A job of its own run asks, as it stands in the table; one that is not there is planned. */
async function ask(world: World, runId: string, { executionArn = childArnOf(runId), ...parts }: GivenTry = {}) {
  const reference = { runId, jobName: `media-${runId}-1` };
  if ((await world.table.findJob(reference)) === undefined) await planned(world, { runId });
  return takeLock(await world.table.getJob(reference), executionArn, { ...world, ...parts });
}

interface GivenTry extends Partial<World> {
  executionArn?: string;
}

describe('taking the lock', () => {
  it('gives a fencing number at once where it is free', async () => {
    const world = memoryWorld();

    expect(await ask(world, 'a')).toBe(1);
    expect(await ask(world, 'a')).toBe(1);
    expect(await world.table.getLock('media-bucket')).toMatchObject({ version: 1, owner: contenderOf('a') });
  });

  it('is per bucket', async () => {
    const world = memoryWorld();

    await planned(world, { runId: 'b', bucket: 'other-bucket' });
    await ask(world, 'a');

    expect(await ask(world, 'b')).toBe(1);
  });

  it('says who has it, since when and how many come before, and writes the place down', async () => {
    const world = memoryWorld();
    await holding(world, await planned(world, { runId: 'a' }));
    await planned(world, { runId: 'b' });

    const message = await messageOfRejection(ask(world, 'b'), 'FolderBusy');
    const second = await messageOfRejection(ask(world, 'c'), 'FolderBusy');

    expectOneSentence(
      message,
      'Job media-b-1 waits for the root of bucket media-bucket since 2026-11-02T09:00:00.000Z: job media-a-1 of run a has it since',
      '1 before it',
    );
    expectOneSentence(second, '2 before it');
    expect((await world.table.getLock('media-bucket'))?.queue.map(({ runId }) => runId)).toEqual(['b', 'c']);
  });

  it('writes into the history when the wait began and when it ended', async () => {
    const world = memoryWorld();
    const first = await holding(world, await planned(world, { runId: 'a' }));
    await messageOfRejection(ask(world, 'b'), 'FolderBusy');
    world.passMinutes(30);
    await messageOfRejection(ask(world, 'b'), 'FolderBusy');
    await releaseLock(first, world.table);
    await ask(world, 'b');

    expect((await world.table.getJob(contenderOf('b'))).history).toEqual([
      { status: 'Waiting', at: '2026-11-02T09:00:00.000Z', for: 'root' },
      { status: 'Planned', at: '2026-11-02T09:30:00.000Z' },
    ]);
  });

  it('shows in the table what is waited for, and writes that again only when it has changed', async () => {
    const world = memoryWorld();
    const first = await holding(world, await planned(world, { runId: 'a' }));
    let writes = 0;
    const counting: World['table']['updateUnmadeJob'] = (...given) => {
      writes += 1;
      return world.table.updateUnmadeJob(...given);
    };
    const table = { ...world.table, updateUnmadeJob: counting };
    const jobOf = (runId: string) => world.table.getJob({ runId, jobName: `media-${runId}-1` });
    const since = '2026-11-02T09:00:00.000Z';
    const owner = { runId: 'a', jobName: 'media-a-1', since };

    for (const runId of ['b', 'c', 'b', 'c']) {
      await expect(ask(world, runId, { table })).rejects.toMatchObject({ name: 'FolderBusy' });
      world.passMinutes(5);
    }

    expect(writes).toBe(2);
    expect(await jobOf('b')).toMatchObject({ status: 'Waiting', waiting: { for: 'root', since, owner, ahead: 1 } });
    expect((await jobOf('c')).waiting).toMatchObject({ since: '2026-11-02T09:05:00.000Z', owner, ahead: 2 });

    await releaseLock(first, world.table);
    expect(await ask(world, 'b', { table })).toBe(2);
    await expect(ask(world, 'c', { table })).rejects.toMatchObject({ name: 'FolderBusy' });

    expect(await jobOf('b')).toMatchObject({ status: 'Planned', fence: 2 });
    expect((await jobOf('b')).waiting).toBeUndefined();
    expect((await jobOf('c')).waiting).toMatchObject({ owner: { runId: 'b' }, ahead: 1 });
  });

  it('is refused to an execution that a later one of the same job came after', async () => {
    const world = memoryWorld();
    const late = await planned(world, { runId: 'a' });
    await world.table.setFence(late, 7, 'arn:resumed');

    const message = await messageOfRejection(ask(world, 'a', { executionArn: 'arn:late' }), 'FolderBusy');

    expectOneSentence(message, 'Job media-a-1 has a later execution than arn:late');
    expect(await world.table.getJob(late)).toMatchObject({ fence: 7, executionArn: 'arn:resumed' });
  });

  it('goes to exactly one of two that ask at the same moment', async () => {
    const world = memoryWorld();

    const asked = ['a', 'b'].map((runId) => ask(world, runId));
    const answers = await Promise.allSettled(asked);

    expect(answers.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect(answers.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { name: 'FolderBusy' } });
  });

  it('takes over from an owner only 16 minutes after its execution ended, when Bedrock knows no job of it', async () => {
    const world = memoryWorld();
    await holding(world, await planned(world, { runId: 'a' }));
    world.executions.end(childArnOf('a'), world.now());

    world.passMinutes(15);
    await expect(ask(world, 'b')).rejects.toMatchObject({ name: 'FolderBusy' });
    world.passMinutes(1);
    expect(await ask(world, 'b')).toBe(2);
  });

  it('takes over only when a turn of the owner, that nobody saw the end of, cannot write any more', async () => {
    const world = memoryWorld();
    const job = await holding(world, await planned(world, { runId: 'a' }));
    world.executions.end(childArnOf('a'), world.now() - 3_600_000);
    await world.table.updateJob(job, { preparing: { turn: 'lost', since: new Date(world.now()).toISOString() } });

    world.passMinutes(15);
    await expect(ask(world, 'b')).rejects.toMatchObject({ name: 'FolderBusy' });
    world.passMinutes(1);
    expect(await ask(world, 'b')).toBe(2);
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

    const asked = ask(world, 'b');

    if (error === undefined) return expect(await asked).toBe(2);
    await expect(asked).rejects.toMatchObject({ name: error });
  });

  it('never takes over from an owner that nobody can judge', async () => {
    const world = memoryWorld();
    const job = await planned(world, { runId: 'a' });
    await holding(world, job);
    world.executions.end(childArnOf('a'), world.now());
    world.passMinutes(60 * 24 * 30);
    await planned(world, { runId: 'b' });
    const table = { ...world.table, findJob: async () => undefined };

    await expect(
      takeLock(await world.table.getJob(contenderOf('b')), 'arn:b', { ...world, table }),
    ).rejects.toMatchObject({
      name: 'FolderBusy',
    });
  });

  it('gives a resumed job a new number, so that its old execution is too late', async () => {
    const world = memoryWorld();
    await ask(world, 'a');

    expect(await ask(world, 'a', { executionArn: 'arn:resumed' })).toBe(2);
  });

  it('tries again when somebody changes it in between, and gives up for now when they never stop', async () => {
    const world = memoryWorld();
    let disturbances = 3;
    const replaceLock = async (previous: Lock | undefined, next: Lock): Promise<boolean> =>
      disturbances-- > 0 ? false : world.table.replaceLock(previous, next);

    const table = { ...world.table, replaceLock };
    expect(await ask(world, 'a', { table })).toBe(1);

    const restless = { ...world.table, replaceLock: async () => false };
    const message = await messageOfRejection(ask(world, 'b', { table: restless }), 'Throttled');
    expectOneSentence(message, 'The lock on bucket media-bucket changed 10 times while job media-b-1 asked for it');
  });
});
