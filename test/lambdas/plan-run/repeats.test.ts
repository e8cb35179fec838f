import { describe, expect, it } from 'vitest';
import { planRun } from '../../../lambdas/plan-run/plan-run.ts';
import { attemptSchema } from '../../../lambdas/shared/domain/plan/plan.ts';
import { type CrashPlan, crashing } from '../../support/crashes.ts';
import { expectOneSentence, messageOfRejection } from '../../support/one-sentence.ts';
import type { World } from '../../support/world.ts';
import {
  collect,
  dependenciesOf,
  executionOf,
  jobAt,
  jobsOf,
  liteId,
  nightly,
  oneQuestion,
  recordsIn,
  runPlan,
  worldWith,
  writtenPlan,
} from './planning.ts';

const tableChanges = ['createRun', 'advanceRun', 'createJob', 'updateJob'] as const;
const storeChanges = ['createJson', 'writeLines'] as const;
const quotas = { modelQuotas: { [liteId]: { minRecordsPerJob: 2, maxRecordsPerJob: 2 } } };
const resume = (number = 1) => executionOf({ resume: nightly }, { executionName: `${nightly}-resume-${number}` });

/** Five videos, one of them skipped, in three jobs. */
function fiveVideos(): World {
  const world = worldWith(5);
  world.store.put('proxies/notes.txt', { bytes: 1 });
  return world;
}

function crashingParts(world: World, crash: CrashPlan) {
  return {
    ...quotas,
    table: crashing(world.table, tableChanges, crash),
    store: crashing(world.store, storeChanges, crash),
  };
}

async function addResume(world: World, number = 1): Promise<void> {
  const known = (await world.table.getRun(nightly))?.executionArns.length ?? 0;
  await world.table.addExecution(nightly, known, resume(number).executionArn);
}

/** Everything that the later steps see of the plan. */
async function seen(world: World) {
  const jobs = await jobsOf(world);
  const records = await Promise.all(jobs.map((job) => recordsIn(world, job)));
  // Whose list it is may differ.
  const facts = jobs.map(({ recordsKey: _recordsKey, ...job }) => job);
  const skipped = world.store.linesOf(`nova/batch/runs/${nightly}/ledger/skipped.ndjson`);
  return { facts, records, skipped, run: await world.table.getRun(nightly) };
}

describe('a repeated step', () => {
  it('gives the same jobs although the media have changed meanwhile', async () => {
    const world = worldWith(2);
    const first = await runPlan(world, oneQuestion);
    world.store.put('proxies/new.mp4', { bytes: 1 });
    world.store.put('foreignInput.jsonl');

    expect(await runPlan(world, oneQuestion)).toEqual(first);
    expect(writtenPlan(world).media).toBe(2);
  });

  it('does not set a job back that went on from the plan', async () => {
    const world = worldWith(1);
    const { jobs } = await runPlan(world, oneQuestion);
    for (const job of jobs) await world.table.updateJob(job, { status: 'Prepared', fence: 1 });

    await runPlan(world, oneQuestion);

    expect(await jobsOf(world)).toMatchObject([{ status: 'Prepared', fence: 1 }]);
  });

  it.each([false, true])(
    'after a crash at any of its changes comes to one plan (change done: %s)',
    async (isEffective) => {
      const calm = fiveVideos();
      const expected = await runPlan(calm, oneQuestion, quotas);
      let crashes = 0;
      for (let at = 0; ; at++) {
        const world = fiveVideos();
        const crash = { changesLeft: at, isEffective };
        const error: unknown = await runPlan(world, oneQuestion, crashingParts(world, crash)).catch((e) => e);
        if (!(error instanceof Error)) break;
        expect(error.name).toBe('Crash');
        crashes += 1;

        expect(await runPlan(world, oneQuestion, quotas)).toEqual(expected);
        expect(await seen(world)).toEqual(await seen(calm));
      }
      expect(crashes).toBeGreaterThanOrEqual(9);
    },
  );

  it.each([false, true])(
    'after a crash in a further attempt comes to one attempt (change done: %s)',
    async (isEffective) => {
      const given = async () => {
        const world = fiveVideos();
        await runPlan(world, oneQuestion, quotas);
        for (const job of await jobsOf(world))
          await collect(world, job, { 1: { outcome: 'missing', retryable: true } });
        return world;
      };
      const calm = await given();
      const expected = await runPlan(calm, oneQuestion, quotas);
      let crashes = 0;
      for (let at = 0; ; at++) {
        const world = await given();
        const error: unknown = await runPlan(
          world,
          oneQuestion,
          crashingParts(world, { changesLeft: at, isEffective }),
        ).catch((e) => e);
        if (!(error instanceof Error)) break;
        expect(error.name).toBe('Crash');
        crashes += 1;

        expect(await runPlan(world, oneQuestion, quotas)).toEqual(expected);
        expect(await seen(world)).toEqual(await seen(calm));
      }
      expect(crashes).toBeGreaterThanOrEqual(7);
    },
  );
});

describe('of two planners at once', () => {
  /** A planner that stops before a change until it is told to go on, as a function that outlived its execution. */
  function pausing(world: World, verb: 'createJson' | 'advanceRun' | 'createJob') {
    const { promise: gate, resolve: goOn } = Promise.withResolvers<void>();
    const { promise: reached, resolve: isReached } = Promise.withResolvers<void>();
    const wait = async () => {
      isReached();
      await gate;
    };
    const { store, table } = world;
    const parts = {
      ...quotas,
      store: {
        ...store,
        createJson: async (key: string, value: unknown) => {
          if (verb === 'createJson') await wait();
          return store.createJson(key, value);
        },
      },
      table: {
        ...table,
        advanceRun: async (...args: Parameters<typeof table.advanceRun>) => {
          if (verb === 'advanceRun') await wait();
          return table.advanceRun(...args);
        },
        createJob: async (...args: Parameters<typeof table.createJob>) => {
          if (verb === 'createJob') await wait();
          return table.createJob(...args);
        },
      },
    };
    return { parts, reached, goOn };
  }

  it.each(['createJson', 'advanceRun', 'createJob'] as const)(
    'the late one, held before %s, takes the plan of the other',
    async (verb) => {
      const world = fiveVideos();
      const late = pausing(world, verb);
      const planning = runPlan(world, oneQuestion, late.parts);
      await late.reached;
      world.store.put('proxies/0006.mp4', { bytes: 1 });
      const first = await runPlan(world, oneQuestion, quotas);
      const before = await seen(world);
      late.goOn();

      expect(await planning).toEqual(first);
      expect(await seen(world)).toEqual(before);
      expect(before.records.flat()).toHaveLength(verb === 'createJson' ? 6 : 5);
    },
  );

  it.each(['advanceRun', 'createJob'] as const)(
    'the late one, held before %s, does not open a run that has ended',
    async (verb) => {
      const world = fiveVideos();
      const late = pausing(world, verb);
      const planning = runPlan(world, oneQuestion, late.parts);
      await late.reached;
      await runPlan(world, oneQuestion, quotas);
      for (const job of await jobsOf(world)) await collect(world, job);
      await world.table.finishRun(nightly, { status: 'Succeeded' });
      late.goOn();

      expect((await planning).jobs).toEqual([]);
      expect(await world.table.getRun(nightly)).toMatchObject({ status: 'Succeeded' });
      expect(await world.table.listOpenRuns()).toEqual([]);
      expect(await world.table.listOpenJobs()).toEqual([]);
    },
  );
});

describe('a planner that was cut off', () => {
  it('after it wrote an attempt leaves it to the next, whose own list then does not count', async () => {
    const world = fiveVideos();
    await runPlan(world, oneQuestion, quotas);
    for (const job of await jobsOf(world)) await collect(world, job, { 1: { outcome: 'missing', retryable: true } });
    // The other one writes its attempt and dies just as this one is about to.
    const store = {
      ...world.store,
      async createJson(key: string, value: unknown) {
        const other = crashingParts(world, { changesLeft: 1, isEffective: true });
        await expect(runPlan(world, oneQuestion, { ...other, table: world.table })).rejects.toThrow('after createJson');
        return world.store.createJson(key, value);
      },
    };

    await runPlan(world, oneQuestion, { ...quotas, store });

    const { recordsKey } = attemptSchema.parse(world.store.jsonOf(`nova/batch/runs/${nightly}/attempts/2.json`));
    const further = (await jobsOf(world)).slice(3);
    expect(new Set(further.map((job) => job.recordsKey))).toEqual(new Set([recordsKey]));
  });

  it('does not begin a run that was given up meanwhile', async () => {
    const world = fiveVideos();
    const table = {
      ...world.table,
      async advanceRun(...args: Parameters<typeof world.table.advanceRun>) {
        await world.table.finishRun(nightly, { status: 'Failed' });
        return world.table.advanceRun(...args);
      },
    };

    expect((await runPlan(world, oneQuestion, { ...quotas, table })).jobs).toEqual([]);
    expect(await jobsOf(world)).toEqual([]);
    expect(await world.table.getRun(nightly)).toMatchObject({ status: 'Failed' });
  });
});

describe('jobs that their children did not end', () => {
  it('are given again, three times in each execution, and then left to the report', async () => {
    const world = fiveVideos();
    const first = await runPlan(world, oneQuestion, quotas);
    await collect(world, await jobAt(world, 1));
    const jobs = [first.jobs[0], first.jobs[2]];

    const second = await runPlan(world, oneQuestion, quotas, first.dispatch);
    const third = await runPlan(world, oneQuestion, quotas, second.dispatch);
    expect([second, third]).toMatchObject([
      { jobs, dispatch: { attempt: 1, count: 2 } },
      { jobs, dispatch: { attempt: 1, count: 3 } },
    ]);
    expect(await runPlan(world, oneQuestion, quotas, third.dispatch)).toEqual({
      runId: nightly,
      jobs: [],
      jobsAtOnce: 1,
    });

    await addResume(world);
    expect(await planRun(resume(), dependenciesOf(world, quotas))).toMatchObject({ jobs, dispatch: { count: 1 } });
  });

  it('are given as often however many answers of the plan are lost', async () => {
    const world = fiveVideos();
    const first = await runPlan(world, oneQuestion, quotas);

    for (let lost = 1; lost <= 5; lost++) {
      expect(await runPlan(world, oneQuestion, quotas)).toEqual(first);
    }
    const second = await runPlan(world, oneQuestion, quotas, first.dispatch);
    for (let lost = 1; lost <= 5; lost++) {
      expect(await runPlan(world, oneQuestion, quotas, first.dispatch)).toEqual(second);
    }
    expect([first.dispatch, second.dispatch]).toEqual([
      { attempt: 1, count: 1 },
      { attempt: 1, count: 2 },
    ]);
  });

  it('are counted anew in a further attempt, also where the answer that gave it first was lost', async () => {
    const world = fiveVideos();
    await runPlan(world, oneQuestion, quotas);
    for (const job of await jobsOf(world)) await collect(world, job, { 1: { outcome: 'missing', retryable: true } });
    const dispatch = { attempt: 1, count: 3 };

    const further = await runPlan(world, oneQuestion, quotas, dispatch);

    expect(further).toMatchObject({ jobs: [{}, {}], dispatch: { attempt: 2, count: 1 } });
    expect(await runPlan(world, oneQuestion, quotas, dispatch)).toEqual(further);
  });
});

describe('an execution that resumes a run', () => {
  it('goes on with its plan, under the names that its first execution gave', async () => {
    const world = fiveVideos();
    const first = await runPlan(world, oneQuestion, quotas);
    await addResume(world);

    expect(await planRun(resume(), dependenciesOf(world, quotas))).toEqual(first);

    for (const job of await jobsOf(world)) await collect(world, job, { 1: { outcome: 'missing', retryable: true } });
    const { jobs } = await planRun(resume(), dependenciesOf(world, quotas));
    expect(jobs[0]?.jobName).toBe(first.jobs[0]?.jobName.replace(/-1$/, '-r2-1'));
  });

  it('of a run that was cut off before its plan was written plans its request, under the names that its first execution gives', async () => {
    const world = fiveVideos();
    await world.table.createRun({
      runId: nightly,
      executionArns: [executionOf({}).executionArn, resume().executionArn],
      status: 'Planning',
      startedAt: executionOf({}).startedAt,
      requestJson: JSON.stringify(oneQuestion),
      jobCount: 0,
    });

    const resumed = await planRun(resume(), dependenciesOf(world, quotas));

    expect(resumed).toEqual(await runPlan(fiveVideos(), oneQuestion, quotas));
  });

  it.each([
    ['of a run that nobody knows', async () => {}],
    ['that the run does not name', async (world: World) => void (await runPlan(world, oneQuestion))],
  ])('%s is refused', async (_, given) => {
    const world = fiveVideos();
    await given(world);

    expectOneSentence(
      await messageOfRejection(planRun(resume(), dependenciesOf(world)), 'RequestRefused'),
      'Run nightly-1 does not name execution arn:nightly-1-resume-1, expected the one that recovery adds',
    );
  });

  it.each([
    ['the first one, redriven by hand', executionOf(oneQuestion)],
    ['an earlier resume', resume(1)],
  ])('is the only one: %s gets no jobs while it goes on', async (_, execution) => {
    const world = fiveVideos();
    await runPlan(world, oneQuestion, quotas);
    await addResume(world, 1);
    await addResume(world, 2);
    const before = await seen(world);

    expectOneSentence(
      await messageOfRejection(planRun(execution, dependenciesOf(world, quotas)), 'RequestRefused'),
      'Run nightly-1 goes on in execution arn:nightly-1-resume-2, expected only that one to work on it',
    );
    expect(await seen(world)).toEqual(before);
  });

  it.each([
    ['its first execution', executionOf(oneQuestion)],
    ['one that resumed it', resume(1)],
  ])('gets no jobs from a run that is over, nor does %s by a redrive', async (_, execution) => {
    const world = fiveVideos();
    await runPlan(world, oneQuestion, quotas);
    await addResume(world, 1);
    await addResume(world, 2);
    await world.table.finishRun(nightly, { status: 'PartlySucceeded' });

    expect((await planRun(execution, dependenciesOf(world, quotas))).jobs).toEqual([]);
    expect(await world.table.getRun(nightly)).toMatchObject({ status: 'PartlySucceeded' });
  });
});

describe('a run that a person stopped', () => {
  const stopRequestedAt = '2026-11-02T10:00:00.000Z';

  it('gives its open jobs only to be settled, and plans no further attempt', async () => {
    const world = fiveVideos();
    const first = await runPlan(world, oneQuestion, quotas);
    await collect(world, await jobAt(world, 0), { 1: { outcome: 'missing', retryable: true } });
    await world.table.updateRun(nightly, { stopRequestedAt });
    await addResume(world);

    expect((await planRun(resume(), dependenciesOf(world, quotas))).jobs).toEqual(first.jobs.slice(1));

    const [, two, three] = await jobsOf(world);
    expect([two, three]).toMatchObject([{ stopRequested: true }, { stopRequested: true }]);
    for (const job of [two, three]) if (job) await collect(world, job, { 1: { outcome: 'missing', retryable: true } });
    expect((await planRun(resume(), dependenciesOf(world, quotas))).jobs).toEqual([]);
    expect(world.store.has(`nova/batch/runs/${nightly}/attempts/2.json`)).toBe(false);
  });

  it('does not begin to plan', async () => {
    const world = fiveVideos();
    await world.table.createRun({
      runId: nightly,
      executionArns: [executionOf({}).executionArn, resume().executionArn],
      status: 'Planning',
      startedAt: executionOf({}).startedAt,
      requestJson: '{}',
      jobCount: 0,
      stopRequestedAt,
    });

    expect((await planRun(resume(), dependenciesOf(world))).jobs).toEqual([]);
    expect(world.store.has(`nova/batch/runs/${nightly}/plan.json`)).toBe(false);
  });
});
