import { describe, expect, it } from 'vitest';
import { maxTurns, turnReserveMs } from '../../../lambdas/shared/domain/checkpoint.ts';
import { maxFunctionSeconds } from '../../../lambdas/shared/domain/limits.ts';
import { findModel } from '../../../lambdas/shared/domain/model/models.ts';
import { paddingRecordIdOf } from '../../../lambdas/shared/domain/record/record.ts';
import type { CollectCheckpoint } from '../../../lambdas/shared/domain/state.ts';
import { claimOf, collect, completed, idOf, jobHash, ledgerOf } from '../../support/completed-job.ts';
import { expectOneSentence, messageOfRejection } from '../../support/one-sentence.ts';
import { answerLine, errorLine } from '../../support/output-lines.ts';
import { seededRandom } from '../../support/seeded-random.ts';
import { memoryWorld, type World } from '../../support/world.ts';

describe('collecting in turns', () => {
  /** A seeded output of answers, errors, duplicates, padding and foreign lines. */
  function someOutput(seed: number, records: number): string[] {
    const random = seededRandom(seed);
    const lines = Array.from({ length: records * 2 }, () => {
      const number = 1 + random.below(records);
      const kind = random.below(10);
      if (kind === 0) return errorLine(idOf(number));
      if (kind === 1) return answerLine(paddingRecordIdOf(jobHash, number));
      return kind === 2 ? answerLine('CUST-1') : answerLine(idOf(number), { text: `answer ${random.next()}` });
    });
    return random.shuffled(lines);
  }

  function claimAll(world: World, records: number): void {
    for (let number = 1; number <= records; number++) world.claims.put(claimOf(number));
  }

  /** Where the last turn begins. */
  const last = { turn: maxTurns, lines: 0, claims: 0 };

  const marked = (world: World) => world.claims.all().filter(({ outcome }) => outcome !== undefined);

  it.each([1, 2, 7, 50, 100])(
    'of %i lines comes to the same as in one, with each result written once',
    async (linesPerTurn) => {
      const [whole, cut] = [memoryWorld(), memoryWorld()];
      const lines = someOutput(linesPerTurn, 25);
      const job = await completed(whole, 25, lines);
      await completed(cut, 25, lines);
      for (const world of [whole, cut]) claimAll(world, 25);
      await collect(whole, job);

      let turns = 0;
      for (let checkpoint: CollectCheckpoint; turns === 0 || checkpoint !== undefined; turns++) {
        let asked = 0;
        // Turns as small as these are more than collecting may take.
        const given = checkpoint && { ...checkpoint, turn: 1 };
        ({ checkpoint } = await collect(cut, job, { checkpoint: given, isTimeUp: () => asked++ >= linesPerTurn }));
      }

      const marks = 25 - ((await whole.table.getJob(job)).collected?.records.succeeded ?? 0);
      expect(marks).toBeGreaterThan(0);
      expect(turns).toBe(Math.floor((lines.length + marks - 1) / linesPerTurn) + 1);
      expect(marked(cut)).toEqual(marked(whole));
      expect(marked(cut)).toHaveLength(marks);
      expect(cut.store.linesOf(ledgerOf(job))).toEqual(whole.store.linesOf(ledgerOf(job)));
      expect((await cut.table.getJob(job)).collected).toEqual((await whole.table.getJob(job)).collected);
      const results = (world: World) =>
        world.store.written.filter((key) => key.startsWith('nova/batch/results/')).sort();
      expect(results(cut)).toEqual(results(whole));
      expect(new Set(results(cut)).size).toBe(results(cut).length);
      for (const key of results(whole)) expect(cut.store.jsonOf(key)).toEqual(whole.store.jsonOf(key));
    },
  );

  it('returns a checkpoint, and writes no ledger before the end', async () => {
    const world = memoryWorld();
    const job = await completed(
      world,
      3,
      [1, 2, 3].map((number) => answerLine(idOf(number))),
    );
    let asked = 0;

    const output = await collect(world, job, { isTimeUp: () => asked++ >= 2 });

    const checkpoint = { turn: 2, lines: 2, claims: 0 };
    expect(output).toEqual({ runId: job.runId, jobName: job.jobName, checkpoint });
    expect(world.store.has(ledgerOf(job))).toBe(false);
    expect((await world.table.getJob(job)).collected).toBeUndefined();
  });

  it('ends after its last turn with an error instead of never', async () => {
    const world = memoryWorld();
    const job = await completed(world, 1, [answerLine(idOf(1))]);
    const { runId, jobName } = job;

    const late = collect(world, job, { checkpoint: last, isTimeUp: () => true });

    expectOneSentence(
      await messageOfRejection(late, 'TooManyTurns'),
      `Collecting job ${jobName} did not end in 20 turns of 15 minutes: look in CloudWatch`,
    );
    expect(await collect(world, job, { checkpoint: last })).toEqual({ runId, jobName });
  });

  it('is done at once for a job that was collected already, and changes nothing', async () => {
    const world = memoryWorld();
    const job = await completed(world, 1, [answerLine(idOf(1))]);
    await collect(world, job);
    const before = world.store.written.length;

    const { runId, jobName } = job;
    expect(await collect(world, job, { checkpoint: last })).toEqual({ runId, jobName });
    expect(world.store.written).toHaveLength(before);
  });
});

it('leaves room for the largest job even at 10 results a second', () => {
  const maxRecords = findModel('amazon.nova-lite-v1:0')?.model.quotas.maxRecordsPerJob ?? 0;
  const secondsPerTurn = maxFunctionSeconds - turnReserveMs / 1000;

  expect(maxRecords / 10 / secondsPerTurn).toBeLessThan(maxTurns);
});
