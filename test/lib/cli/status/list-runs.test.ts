import { describe, expect, it } from 'vitest';
import { UnknownFormat } from '../../../../lambdas/shared/domain/format-version.ts';
import type { Job } from '../../../../lambdas/shared/domain/job/job.ts';
import type { Outcome } from '../../../../lambdas/shared/domain/run/outcome.ts';
import type { Run } from '../../../../lambdas/shared/domain/run/run.ts';
import type { ListedExecution } from '../../../../lib/cli/aws/runs.ts';
import { listRuns } from '../../../../lib/cli/status/list-runs.ts';
import { runsTable } from '../../../../lib/cli/status/status-tables.ts';
import { capturedContext } from '../captured-context.ts';
import { counters, sampleJob, sampleOutcome, sampleRun } from '../samples.ts';

const startedAt = '2026-11-02T09:00:00.000Z';
const at = (time: string) => new Date(`2026-11-02T${time}:00.000Z`);

function execution(name: string, fields: Partial<ListedExecution> = {}): ListedExecution {
  return { executionArn: `arn:m:${name}`, name, status: 'RUNNING', startedAt: new Date(startedAt), ...fields };
}

/** Lists the runs of executions, the newest first, of which the table and the bucket know this. */
function list(
  executions: ListedExecution[],
  known: { items?: Run[]; jobs?: Job[]; outcomes?: Outcome[]; unreadable?: Record<string, Error> } = {},
  limit = 20,
) {
  return listRuns(
    {
      async *executions() {
        yield* executions;
      },
      item: async (runId) => known.items?.find((item) => item.runId === runId),
      jobs: async () => known.jobs ?? [],
      async outcome(runId) {
        const error = known.unreadable?.[runId];
        if (error !== undefined) throw error;
        return known.outcomes?.find((outcome) => outcome.runId === runId);
      },
    },
    limit,
  );
}

describe('the list of runs', () => {
  it('shows how far an active run is and what it waits for', async () => {
    const waiting = { for: 'root', since: startedAt, ahead: 2 } as const;
    const jobs = [sampleJob({ batchJobArn: 'arn:job', counters: counters(60) }), sampleJob({ waiting })];

    expect(await list([execution('run-1')], { items: [sampleRun()], jobs })).toEqual([
      {
        ...{ runId: 'run-1', status: 'Running', startedAt, records: 120, processed: 60 },
        waitsFor: `waits for the root of the bucket since ${startedAt} (2 jobs before it)`,
      },
    ]);
  });

  it('has a resumed run once, with the end of its last execution', async () => {
    const executionArns = ['arn:m:run-1', 'arn:m:run-1-resume-1'];
    const ended = [
      execution('run-1-resume-1', { status: 'SUCCEEDED', endedAt: at('11:30') }),
      execution('run-1', { status: 'FAILED', endedAt: at('09:10') }),
    ];
    const items = [sampleRun({ status: 'Succeeded', executionArns })];

    const runs = await list(ended, { items, outcomes: [sampleOutcome()] });

    expect(runs).toMatchObject([
      { runId: 'run-1', endedAt: '2026-11-02T11:30:00.000Z', records: 120, costUsd: 0.00828 },
    ]);
  });

  it.each([
    ['RUNNING', 'Planning'],
    ['ABORTED', 'Stopped'],
    ['FAILED', 'Refused'],
    ['TIMED_OUT', 'Failed'],
  ])('has a run that is not in the table, whose execution is %s, as %s', async (status, shown) => {
    expect(await list([execution('new', { status })])).toMatchObject([{ runId: 'new', status: shown }]);
  });

  it('says that a run is being stopped', async () => {
    const items = [sampleRun({ stopRequestedAt: startedAt })];

    expect(await list([execution('run-1')], { items })).toMatchObject([{ waitsFor: 'is being stopped' }]);
  });

  const two = ['bad', 'good'];
  const endedOnes = two.map((runId) => sampleRun({ runId, status: 'Succeeded', executionArns: [`arn:m:${runId}`] }));
  const executionsOfTwo = two.map((name) => execution(name, { status: 'SUCCEEDED' }));
  const named = (name: string) => Object.assign(new Error(`${name} happened`), { name });

  it.each([
    ['is of another version', new UnknownFormat('It is of another format.')],
    ['is cut off', new SyntaxError('Unexpected end of JSON input')],
    ['may not be read', named('AccessDenied')],
  ])('has a run whose outcome %s without records and cost, and the others whole', async (_, error) => {
    const runs = await list(executionsOfTwo, {
      items: endedOnes,
      outcomes: [sampleOutcome({ runId: 'good' })],
      unreadable: { bad: error },
    });

    expect(runs.map(({ runId, records, costUsd }) => ({ runId, records, costUsd }))).toEqual([
      { runId: 'bad', records: undefined, costUsd: undefined },
      { runId: 'good', records: 120, costUsd: 0.00828 },
    ]);
  });

  it.each([
    ['nobody answers', Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })],
    ['the session has expired', named('ExpiredToken')],
  ])('fails if %s', async (_, error) => {
    await expect(list(executionsOfTwo, { items: endedOnes, unreadable: { bad: error } })).rejects.toBe(error);
  });

  it('ends at its limit, without executions that only resume', async () => {
    const executions = ['c-resume-1', 'c', 'b', 'a'].map((name) => execution(name));

    expect((await list(executions, {}, 2)).map(({ runId }) => runId)).toEqual(['c', 'b']);
  });

  it('is a table with separate columns, in which no text controls the terminal', () => {
    const { context } = capturedContext();
    const runs = [
      { runId: 'open', status: 'Running', startedAt, records: 1200, processed: 60, waitsFor: 'a\u001b[2J' } as const,
      { runId: 'over', status: 'Failed', startedAt, endedAt: at('10:05').toISOString(), costUsd: 'unknown' } as const,
    ];

    const lines = runsTable(runs, context.output.out, at('09:30').getTime()).split('\n');

    expect(lines[1]).toBe('open  Running  60/1,200  -        2026-11-02 09:00  30 min     a�[2J');
    expect(lines[2]).toBe('over  Failed   -         unknown  2026-11-02 09:00  1 h 5 min');
  });
});
