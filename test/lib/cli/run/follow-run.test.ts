import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Job } from '../../../../lambdas/shared/domain/job/job.ts';
import type { Run } from '../../../../lambdas/shared/domain/run/run.ts';
import type { Look } from '../../../../lib/cli/aws/runs.ts';
import { followRun } from '../../../../lib/cli/run/follow-run.ts';
import { capturedContext } from '../captured-context.ts';
import { counters, sampleJob, sampleOutcome, sampleRun } from '../samples.ts';

const run = { runId: 'run-1', executionArn: 'arn:aws:states:::execution:media:run-1', label: 'AWS' };
const ended: Look = { state: 'succeeded', outcome: sampleOutcome() };

/** Follows a run whose looks find this, one after the other; a thrown one fails. */
async function follow(
  looks: (Look | Error)[],
  jobsOf: (look: number) => Job[] = () => [],
  itemOf: (look: number) => Run | undefined = () => undefined,
) {
  const captured = capturedContext();
  let taken = 0;
  const looked: string[] = [];
  const runs = {
    async look(executionArn: string) {
      looked.push(executionArn);
      const look = looks[Math.min(taken, looks.length - 1)];
      taken += 1;
      if (look === undefined || look instanceof Error) throw look;
      return look;
    },
    jobs: async () => jobsOf(taken),
    item: async () => itemOf(taken),
  };
  const said: string[] = [];
  const updates: (readonly Job[])[] = [];
  const progress = {
    update(jobs: readonly Job[]) {
      const changed = JSON.stringify(jobs) !== JSON.stringify(updates.at(-1) ?? []);
      updates.push(jobs);
      return changed;
    },
    say: (sentence: string) => said.push(sentence),
    end: () => {},
  };
  const end = followRun(run, runs, progress, 1000, captured.context);
  return { end, updates, looked, said, pauses: captured.pauses, interrupt: captured.interrupt };
}

function failure(name: string, code?: string): Error {
  return Object.assign(new Error(`${name} happened`), { name, code });
}

describe('following a run', () => {
  it('shows the jobs once more after the end', async () => {
    const { end, updates } = await follow([{ state: 'running' }, ended], (look) => [
      sampleJob({ status: look > 1 ? 'Completed' : 'InProgress' }),
    ]);

    expect(await end).toMatchObject({ state: 'succeeded', jobs: [{ status: 'Completed' }] });
    expect(updates.map(([job]) => job?.status)).toEqual(['InProgress', 'Completed']);
  });

  it('pauses once a second while something changes', async () => {
    const looks: Look[] = [...Array(5).fill({ state: 'running' }), ended];
    const { end, pauses } = await follow(looks, (look) => [sampleJob({ counters: counters(look) })]);
    await end;

    expect(pauses).toEqual([1000, 1000, 1000, 1000, 1000]);
  });

  it('pauses longer while nothing changes, up to 15 s', async () => {
    const looks: Look[] = [...Array(40).fill({ state: 'running' }), ended];
    const { end, pauses } = await follow(looks);
    await end;

    expect(pauses.slice(0, 3)).toEqual([1250, 1562.5, 1953.125]);
    expect(Math.max(...pauses)).toBe(15_000);
  });

  it.each([
    failure('ThrottlingException'),
    failure('InternalServerException'),
    failure('TimeoutError'),
    failure('Error', 'ECONNRESET'),
    failure('AggregateError', 'ECONNREFUSED'),
  ])('continues after $name $code', async (error) => {
    const { end } = await follow([error, error, ended]);

    expect(await end).toMatchObject({ state: 'succeeded' });
  });

  it('gives up after 60 misses in a row, and says that the run continues', async () => {
    const { end, pauses } = await follow([failure('Error', 'ENOTFOUND')]);

    await expect(end).rejects.toThrow(`The run continues as ${run.executionArn}, but can no longer be watched: `);
    expect(pauses).toHaveLength(60);
  });

  it('counts misses in a row only', async () => {
    const missed = Array(60).fill(failure('ThrottlingException'));
    const { end } = await follow([...missed, { state: 'running' }, ...missed, ended]);

    expect(await end).toMatchObject({ state: 'succeeded' });
  });

  it('gives up at once if a further look cannot help', async () => {
    const { end, pauses } = await follow([failure('AccessDeniedException')]);

    await expect(end).rejects.toThrow('use credentials that may do this');
    expect(pauses).toEqual([]);
  });

  it('is detached by an interruption, even while AWS does not answer', async () => {
    const { context, interrupt } = capturedContext();
    const silent = { look: () => new Promise<Look>(() => {}), jobs: async () => [], item: async () => undefined };
    const end = followRun(run, silent, { update: () => false, say: () => {}, end: () => {} }, 1000, context);
    await setImmediate();

    interrupt();

    expect(await end).toEqual({ state: 'detached', jobs: [] });
  });
});

describe('a run that outlives its execution', () => {
  const stopped: Look = { state: 'stopped', cause: 'Wrong folder.' };
  const crashed: Look = { state: 'failed', error: 'States.Timeout', cause: 'too long' };
  const resumeArn = `${run.executionArn}-resume-1`;

  it.each([
    [stopped, 'The run was stopped: within about half an hour its jobs are stopped too, and what they wrote is saved.'],
    [
      crashed,
      'The execution ended before its run (States.Timeout: too long): ' +
        'the run is resumed within about half an hour, later from the fourth time on.',
    ],
  ])('is watched in the execution that resumes it, after one sentence about it', async (cutOff, sentence) => {
    const outcome = sampleOutcome({ status: 'Stopped' });
    const { end, looked, said } = await follow(
      [{ state: 'running' }, cutOff, cutOff, cutOff, { state: 'running' }, { state: 'succeeded', outcome }],
      undefined,
      (look) => sampleRun({ executionArns: look < 4 ? [run.executionArn] : [run.executionArn, resumeArn] }),
    );

    expect(await end).toMatchObject({ state: 'succeeded', outcome: { status: 'Stopped' } });
    expect(said).toEqual([sentence]);
    expect(looked).toEqual([...Array(4).fill(run.executionArn), resumeArn, resumeArn]);
  });

  it('is watched through a second early end, which is reported too', async () => {
    const { end, said } = await follow([crashed, crashed, crashed, ended], undefined, (look) =>
      sampleRun({ executionArns: look < 2 ? [run.executionArn] : [run.executionArn, resumeArn] }),
    );

    expect(await end).toMatchObject({ state: 'succeeded' });
    expect(said).toHaveLength(2);
  });

  it.each([
    ['its item says that it ended', sampleRun({ status: 'Refused' })],
    ['it has no item, because its plan never began', undefined],
  ])('ends with a failed execution if %s', async (_, item) => {
    const { end, said } = await follow([crashed], undefined, () => item);

    expect(await end).toMatchObject({ state: 'failed', error: 'States.Timeout' });
    expect(said).toEqual([]);
  });
});
