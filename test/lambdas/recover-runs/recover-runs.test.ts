import { describe, expect, it } from 'vitest';
import {
  type RecoverRunsDependencies,
  type RecoverRunsOutput,
  recoverRuns,
  recoverRunsInputSchema,
  recoverRunsOutputSchema,
  requireAllRecovered,
} from '../../../lambdas/recover-runs/recover-runs.ts';
import { resumeNameOf, waitBeforeResumeMs } from '../../../lambdas/recover-runs/resume-run.ts';
import { executionArnOf } from '../../../lambdas/shared/aws/step-functions.ts';
import type { Job } from '../../../lambdas/shared/domain/job/job.ts';
import type { Run } from '../../../lambdas/shared/domain/run/run.ts';
import { maxExecutions } from '../../../lambdas/shared/domain/waits.ts';
import { awsError } from '../../support/aws-error.ts';
import { Crash, type CrashPlan, crashing } from '../../support/crashes.ts';
import { aCreateRequest, aJob, childArnOf, startOfStory } from '../../support/factories.ts';
import { expectOneSentence } from '../../support/one-sentence.ts';
import { memoryWorld, type World } from '../../support/world.ts';

const stateMachineArn = 'arn:aws:states:us-east-1:111122223333:stateMachine:Runs';
const arnOf = (name: string) => executionArnOf(stateMachineArn, name);
const minutes = (count: number) => count * 60_000;

async function recovery(world: World, parts: Partial<RecoverRunsDependencies> = {}): Promise<RecoverRunsOutput> {
  return recoverRunsOutputSchema.parse(await recoverRuns({ ...world, stateMachineArn, ...parts }));
}

/** A run whose executions have these names, the first of them its own, with one job unless told otherwise. */
async function aRun(
  world: World,
  { runId = 'nightly', jobs = [{}], ...run }: Partial<Run> & { jobs?: Partial<Job>[] } = {},
): Promise<Job[]> {
  await world.table.createRun({
    runId,
    executionArns: [arnOf(runId)],
    status: 'Running',
    startedAt: new Date(startOfStory).toISOString(),
    jobCount: jobs.length,
    requestJson: '{}',
    ...run,
  });
  return jobs.map((overrides, at) => {
    const job = aJob({ runId, jobName: `media-${runId}-${at + 1}`, number: at + 1, ...overrides });
    world.table.putJob(job);
    return job;
  });
}

/** Ends an execution so many minutes ago. */
function end(world: World, arn: string, minutesAgo: number, status?: 'FAILED' | 'ABORTED'): void {
  world.executions.end(arn, world.now() - minutes(minutesAgo), status);
}

/** Gives a job its Create request and, unless it is lost, its ARN. */
async function started(world: World, job: Job, { isArnLost = false } = {}): Promise<string> {
  const createRequest = aCreateRequest(job);
  const arn = world.bedrock.add(createRequest, { status: 'InProgress' });
  await world.table.updateJob(job, { createRequest, ...(isArnLost ? {} : { batchJobArn: arn }) });
  return arn;
}

const executionsOf = async (world: World, runId = 'nightly') => (await world.table.getRun(runId))?.executionArns;

describe('a run whose execution is gone', () => {
  it('is resumed by an execution of its own name, which the run knows', async () => {
    const world = memoryWorld();
    await aRun(world);
    end(world, arnOf('nightly'), 16);

    const output = await recovery(world);

    expect(output).toMatchObject({ resumed: ['nightly'], stopped: [], counts: { resumed: 1, stopped: 0 } });
    expect(world.executions.started).toEqual([{ name: 'nightly-resume-1', input: { resume: 'nightly' } }]);
    expect(await executionsOf(world)).toEqual([arnOf('nightly'), arnOf('nightly-resume-1')]);
  });

  it('is left alone as soon as it is resumed', async () => {
    const world = memoryWorld();
    await aRun(world);
    end(world, arnOf('nightly'), 16);
    await recovery(world);

    expect(await recovery(world)).toMatchObject({ alive: ['nightly'], resumed: [] });

    expect(world.executions.started).toHaveLength(1);
  });

  it('is resumed again when the resumed execution is gone as well', async () => {
    const world = memoryWorld();
    await aRun(world, { executionArns: [arnOf('nightly'), arnOf('nightly-resume-1')] });
    end(world, arnOf('nightly'), 90);
    end(world, arnOf('nightly-resume-1'), 16);

    await recovery(world);

    expect(world.executions.started.map(({ name }) => name)).toEqual(['nightly-resume-2']);
  });

  it('is resumed without a job in the table, because its plan was cut off', async () => {
    const world = memoryWorld();
    await aRun(world, { status: 'Planning', jobs: [] });
    end(world, arnOf('nightly'), 16);

    expect(await recovery(world)).toMatchObject({ resumed: ['nightly'] });
  });

  it('does not have its jobs stopped unless a user stopped it', async () => {
    const world = memoryWorld();
    const [job] = await aRun(world);
    if (job) await started(world, job);
    end(world, arnOf('nightly'), 16);

    await recovery(world);

    expect(world.bedrock.stopped).toEqual([]);
    expect((await world.table.listJobs('nightly'))[0]?.stopRequested).toBeUndefined();
    expect((await world.table.getRun('nightly'))?.stopRequestedAt).toBeUndefined();
  });
});

describe('a run is left alone', () => {
  it('while its execution runs', async () => {
    const world = memoryWorld();
    await aRun(world);
    world.executions.start(arnOf('nightly'));

    expect(await recovery(world)).toMatchObject({ alive: ['nightly'], counts: { alive: 1, resumed: 0 } });
  });

  it('while an earlier execution runs again, because a user redrove it', async () => {
    const world = memoryWorld();
    await aRun(world, { executionArns: [arnOf('nightly'), arnOf('nightly-resume-1')] });
    world.executions.start(arnOf('nightly'));
    end(world, arnOf('nightly-resume-1'), 60, 'ABORTED');

    expect(await recovery(world)).toMatchObject({ alive: ['nightly'], stopped: [] });
  });

  it.each([
    ['15:59 minutes ago, since a function of it may still be at work', 15 + 59 / 60],
    ['nobody knows when', Number.NEGATIVE_INFINITY],
  ])('while its execution ended %s', async (_when, minutesAgo) => {
    const world = memoryWorld();
    await aRun(world);
    end(world, arnOf('nightly'), minutesAgo);

    expect(await recovery(world)).toMatchObject({ waiting: ['nightly'], resumed: [] });
  });

  it('while an earlier execution that was redriven ended only just now', async () => {
    const world = memoryWorld();
    await aRun(world, { executionArns: [arnOf('nightly'), arnOf('nightly-resume-1')] });
    end(world, arnOf('nightly'), 3);
    end(world, arnOf('nightly-resume-1'), 60);

    expect(await recovery(world)).toMatchObject({ waiting: ['nightly'] });
  });

  it.each<[string, (world: World) => void]>([
    ['still runs', (world) => world.executions.start(childArnOf('nightly'))],
    ['ended 15:59 minutes ago', (world) => end(world, childArnOf('nightly'), 15 + 59 / 60)],
    ['is not known yet', () => undefined],
  ])('while the child execution of an open job %s', async (_how, arrange) => {
    const world = memoryWorld();
    await aRun(world, { jobs: [{}, { executionArn: childArnOf('nightly') }] });
    end(world, arnOf('nightly'), 60);
    arrange(world);

    expect(await recovery(world)).toMatchObject({ waiting: ['nightly'], resumed: [] });
  });

  it('while it is not a day old and AWS does not know its execution, and not once AWS has forgotten it', async () => {
    const world = memoryWorld();
    await aRun(world);

    expect(await recovery(world)).toMatchObject({ alive: ['nightly'] });

    world.passMinutes(24 * 60);
    expect(await recovery(world)).toMatchObject({ resumed: ['nightly'] });
  });

  it('when it ended while the index of open runs still showed it', async () => {
    const world = memoryWorld();
    await aRun(world);
    await world.table.finishRun('nightly', { status: 'Succeeded' });
    end(world, arnOf('nightly'), 60);

    const { counts } = await recovery(world, {
      table: { ...world.table, listOpenRuns: async () => ['nightly', 'never-was'] },
    });

    expect(Object.values(counts).every((count) => count === 0)).toBe(true);
    expect(world.executions.started).toEqual([]);
  });

  it('does not count the child of a job that is collected', async () => {
    const world = memoryWorld();
    const [job] = await aRun(world, { jobs: [{ executionArn: childArnOf('nightly') }] });
    if (job) await world.table.finishJob(job, collected);
    world.executions.start(childArnOf('nightly'));
    end(world, arnOf('nightly'), 16);

    expect(await recovery(world)).toMatchObject({ resumed: ['nightly'] });
  });
});

const collected = {
  ledgerKey: 'ledger',
  records: { submitted: 1, succeeded: 1, failed: 0, missing: 0 },
  ...{
    skipped: 0,
    retryable: 0,
    inputTokens: 0,
    outputTokens: 0,
    outputLines: 0,
    duplicateLines: 0,
    foreignLines: 0,
    foreignFiles: [],
  },
};

describe('a run that a user stopped', () => {
  /** A run with a job at Bedrock, one that waits, one that is over and one that is collected; aborted just now. */
  async function aborted(world: World): Promise<string> {
    const jobs = await aRun(world, { jobs: [{ status: 'InProgress' }, { status: 'Waiting' }, {}, {}] });
    end(world, arnOf('nightly'), 0, 'ABORTED');
    const [running, , over, done] = jobs;
    if (!running || !over || !done) throw new Error('The run has four jobs.');
    world.bedrock.set(await started(world, over), { status: 'Completed' });
    await started(world, done);
    await world.table.finishJob(done, collected);
    return started(world, running);
  }

  it('has its open jobs stopped at once, and is resumed when nothing of it can be at work', async () => {
    const world = memoryWorld();
    const running = await aborted(world);

    const output = await recovery(world);

    expect(output).toMatchObject({ stopped: ['nightly'], waiting: ['nightly'], resumed: [] });
    expect((await world.table.getRun('nightly'))?.stopRequestedAt).toBe(new Date(world.now()).toISOString());
    const jobs = await world.table.listJobs('nightly');
    expect(jobs.map(({ stopRequested }) => stopRequested)).toEqual([true, true, true, undefined]);
    expect(world.bedrock.stopped).toEqual([running]);

    world.passMinutes(16);
    expect(await recovery(world)).toMatchObject({ stopped: [], resumed: ['nightly'] });
    expect(world.bedrock.stopped).toEqual([running]);
  });

  it('has a job stopped that Bedrock made although nobody wrote down its ARN', async () => {
    const world = memoryWorld();
    const [job] = await aRun(world);
    const arn = job && (await started(world, job, { isArnLost: true }));
    end(world, arnOf('nightly'), 1, 'ABORTED');

    await recovery(world);

    expect(world.bedrock.stopped).toEqual([arn]);
  });

  it('has a job stopped that a late Plan or Start brought about after the first recovery', async () => {
    const world = memoryWorld();
    await aRun(world, { jobs: [] });
    end(world, arnOf('nightly'), 1, 'ABORTED');
    await recovery(world);
    const late = aJob({ runId: 'nightly' });
    world.table.putJob(late);
    const arn = await started(world, late);

    await recovery(world);

    expect(world.bedrock.stopped).toEqual([arn]);
    expect((await world.table.getJob(late)).stopRequested).toBe(true);
  });

  it('is a stopped one also when the execution that resumed it was stopped', async () => {
    const world = memoryWorld();
    await aRun(world, { executionArns: [arnOf('nightly'), arnOf('nightly-resume-1')] });
    end(world, arnOf('nightly'), 60, 'FAILED');
    end(world, arnOf('nightly-resume-1'), 16, 'ABORTED');

    expect(await recovery(world)).toMatchObject({ stopped: ['nightly'], resumed: ['nightly'] });
    expect(world.executions.started.map(({ name }) => name)).toEqual(['nightly-resume-2']);
  });

  it('asks Bedrock nothing about a job that is closed', async () => {
    const world = memoryWorld();
    const [job] = await aRun(world, { jobs: [{ phase: 'closed' }] });
    if (job) await world.table.updateJob(job, { createRequest: aCreateRequest(job), batchJobArn: 'arn:forgotten' });
    end(world, arnOf('nightly'), 16, 'ABORTED');

    expect(await recovery(world)).toMatchObject({ resumed: ['nightly'], failed: [], problems: [] });
    expect(world.bedrock.calls).toEqual([]);
  });

  it('keeps the time at which that was first noticed', async () => {
    const world = memoryWorld();
    await aborted(world);
    await recovery(world);
    const first = (await world.table.getRun('nightly'))?.stopRequestedAt;

    world.passMinutes(10);
    await recovery(world);

    expect((await world.table.getRun('nightly'))?.stopRequestedAt).toBe(first);
  });

  it('is resumed although Bedrock does not answer for one of its jobs, and that is reported', async () => {
    const world = memoryWorld();
    await aborted(world);
    world.passMinutes(16);
    world.bedrock.failNext('get', awsError('AccessDeniedException', 403, 'not you'));

    const output = await recovery(world);

    expect(output).toMatchObject({ resumed: ['nightly'], failed: ['nightly'] });
    expect(output.problems).toEqual([
      expect.stringMatching(/^Job media-nightly-\d could not be told to stop: not you$/),
    ]);
    expect((await world.table.listJobs('nightly')).filter(({ stopRequested }) => stopRequested)).toHaveLength(3);
  });
});

describe('a recovery that is cut off', () => {
  const changes = [0, 1, 2, 3, 4, 5, 6].flatMap((changesLeft) =>
    [false, true].map((isEffective) => ({ changesLeft, isEffective })),
  );

  it.each(changes)(
    'at change $changesLeft (done: $isEffective) is made up for by the next',
    async (plan: CrashPlan) => {
      const world = memoryWorld();
      const jobs = await aRun(world, { jobs: [{}, {}] });
      await Promise.all(jobs.map((job) => started(world, job)));
      end(world, arnOf('nightly'), 16, 'ABORTED');
      const left = { ...plan };

      const cutOff = await recovery(world, {
        table: crashing(world.table, ['updateRun', 'updateJob', 'addExecution'], left),
        bedrock: crashing(world.bedrock, ['stop'], left),
        executions: crashing(world.executions, ['startNamed'], left),
      });
      await recovery(world);

      expect(cutOff.failed).toEqual(['nightly']);
      expect(world.executions.started).toEqual([{ name: 'nightly-resume-1', input: { resume: 'nightly' } }]);
      expect(await executionsOf(world)).toEqual([arnOf('nightly'), arnOf('nightly-resume-1')]);
      expect((await world.table.getRun('nightly'))?.stopRequestedAt).toBeDefined();
      expect((await world.table.listJobs('nightly')).map(({ stopRequested }) => stopRequested)).toEqual([true, true]);
    },
  );

  it('while it marks the jobs of a stopped run does not resume it, or they would be sent', async () => {
    const world = memoryWorld();
    await aRun(world, { jobs: [{}, {}] });
    end(world, arnOf('nightly'), 16, 'ABORTED');
    const plan = { changesLeft: 0, isEffective: false };

    const output = await recovery(world, { table: crashing(world.table, ['updateJob'], plan) });

    expect(output).toMatchObject({ failed: ['nightly'], resumed: [] });
    expect(world.executions.started).toEqual([]);
  });

  it('between registering an execution and starting it leaves that one to be started', async () => {
    const world = memoryWorld();
    await aRun(world, { executionArns: [arnOf('nightly'), arnOf('nightly-resume-1')] });
    end(world, arnOf('nightly'), 30);

    expect(await recovery(world)).toMatchObject({ resumed: ['nightly'] });

    expect(world.executions.started).toEqual([{ name: 'nightly-resume-1', input: { resume: 'nightly' } }]);
    expect(await executionsOf(world)).toHaveLength(2);
  });
});

describe('two recoveries at once', () => {
  it('start one execution, wherever the other comes in between', async () => {
    for (const verb of ['listJobs', 'addExecution', 'startNamed'] as const) {
      const world = memoryWorld();
      await aRun(world);
      end(world, arnOf('nightly'), 16);
      let isFirst = true;
      /** Lets a whole recovery go by before the call. */
      const interrupted = <Part extends object>(part: Part): Part =>
        new Proxy(part, {
          get: (target, name, receiver) => {
            const value: unknown = Reflect.get(target, name, receiver);
            if (name !== verb || typeof value !== 'function') return value;
            return async (...args: unknown[]) => {
              if (isFirst) {
                isFirst = false;
                await recovery(world);
              }
              return Reflect.apply(value, target, args);
            };
          },
        });

      await recovery(world, { table: interrupted(world.table), executions: interrupted(world.executions) });

      expect(isFirst, verb).toBe(false);
      expect(world.executions.started, verb).toHaveLength(1);
      expect(await executionsOf(world), verb).toHaveLength(2);
    }
  });

  it('start one execution when they go hand in hand', async () => {
    const world = memoryWorld();
    await aRun(world);
    end(world, arnOf('nightly'), 16, 'ABORTED');

    await Promise.all([recovery(world), recovery(world), recovery(world)]);

    expect(world.executions.started).toHaveLength(1);
    expect(await executionsOf(world)).toHaveLength(2);
  });
});

describe('a run that never comes to its report', () => {
  const names = ['nightly', ...Array.from({ length: maxExecutions - 1 }, (_, at) => `nightly-resume-${at + 1}`)];

  it('is named as stuck after 24 executions, not resumed any more, and makes recovery fail', async () => {
    const world = memoryWorld();
    await aRun(world, { executionArns: names.map(arnOf) });
    for (const name of names) end(world, arnOf(name), 16);

    const output = await recovery(world);

    expect(output).toMatchObject({ stuck: ['nightly'], failed: ['nightly'], resumed: [] });
    expect(() => requireAllRecovered(output)).toThrow('Run nightly has 24 executions and no report');
    expect(output.problems).toHaveLength(1);
    expectOneSentence(output.problems[0] ?? '');
    expect(world.executions.started).toEqual([]);
  });

  it('still gets the last one, started or only registered', async () => {
    for (const known of [maxExecutions - 1, maxExecutions]) {
      const world = memoryWorld();
      await aRun(world, { executionArns: names.slice(0, known).map(arnOf) });
      for (const name of names.slice(0, -1)) end(world, arnOf(name), 24 * 60);

      expect(await recovery(world)).toMatchObject({ resumed: ['nightly'] });
      expect(world.executions.started.map(({ name }) => name)).toEqual(['nightly-resume-23']);
    }
  });
});

describe('the wait before a run is resumed', () => {
  it.each([
    [3, 16],
    [4, 32],
    [9, 1024],
    [10, 1440],
    [23, 1440],
  ])('for the %ith time is %i minutes from the end of the execution before', async (number, waited) => {
    const world = memoryWorld();
    const names = ['nightly', ...Array.from({ length: number - 1 }, (_, at) => `nightly-resume-${at + 1}`)];
    await aRun(world, { executionArns: names.map(arnOf) });
    for (const name of names) end(world, arnOf(name), waited - 1);

    expect(await recovery(world)).toMatchObject({ waiting: ['nightly'], resumed: [] });
    world.passMinutes(1);
    expect(await recovery(world)).toMatchObject({ waiting: [], resumed: ['nightly'] });
  });

  it('leaves more than two weeks to put right what ends a run before its report', () => {
    const waits = Array.from({ length: maxExecutions - 1 }, (_, at) => waitBeforeResumeMs(at + 1));

    expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeGreaterThan(minutes(14 * 24 * 60));
  });
});

describe('a run that cannot be recovered', () => {
  it('hinders no other one, is reported, and makes recovery fail in the end', async () => {
    const world = memoryWorld();
    for (const runId of ['a', 'b', 'c']) {
      await aRun(world, { runId });
      end(world, arnOf(runId), 16);
    }
    const describeOthers: World['executions']['describe'] = async (arn) => {
      if (arn === arnOf('b')) throw awsError('AccessDeniedException', 403, 'not you');
      return world.executions.describe(arn);
    };

    const output = await recovery(world, { executions: { ...world.executions, describe: describeOthers } });

    expect(output).toMatchObject({
      resumed: ['a', 'c'],
      failed: ['b'],
      problems: ['Run b could not be recovered: not you'],
    });
    expect(() => requireAllRecovered(output)).toThrow(
      /^1 open runs could not be recovered.*Run b could not be recovered: not you/,
    );
    expect(() => requireAllRecovered({ ...output, counts: { ...output.counts, failed: 0 } })).not.toThrow();
  });

  it('does not pass for one that was killed', async () => {
    const world = memoryWorld();
    await aRun(world);
    const killed = { ...world.table, listOpenRuns: () => Promise.reject(new Crash('before listOpenRuns')) };

    await expect(recovery(world, { table: killed })).rejects.toThrow(Crash);
  });

  it('is listed by its ID for the first 100 of a kind, and counted always', async () => {
    const world = memoryWorld();
    for (let at = 0; at < 101; at++) {
      await aRun(world, { runId: `run-${at}`, jobs: [] });
      world.executions.start(arnOf(`run-${at}`));
    }

    const { alive, counts } = await recovery(world);

    expect([alive.length, counts.alive]).toEqual([100, 101]);
  });
});

describe('the name of a resumed execution', () => {
  it('is the run with a number, in at most 80 characters that are no other run’s', () => {
    const [one, other] = ['1', '2'].map((last) => resumeNameOf(`${'r'.repeat(79)}${last}`, 19));

    expect(resumeNameOf('r'.repeat(60), 1)).toBe(`${'r'.repeat(60)}-resume-1`);
    expect(one).toMatch(/^r{51}-[0-9a-f]{8}-resume-19$/);
    expect(one).not.toBe(other);
  });
});

describe('what sets a recovery off', () => {
  it.each([
    ['the schedule', {}],
    [
      'an execution that ended',
      { source: 'aws.states', detail: { executionArn: arnOf('nightly'), status: 'ABORTED' } },
    ],
  ])('is %s', (_what, event) => {
    expect(recoverRunsInputSchema.safeParse(event).success).toBe(true);
  });

  it.each([null, { runId: 'nightly' }, { source: 'aws.s3', detail: {} }])('is not %j', (event) => {
    expect(recoverRunsInputSchema.safeParse(event).success).toBe(false);
  });
});
