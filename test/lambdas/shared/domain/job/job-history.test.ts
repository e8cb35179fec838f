import { describe, expect, it } from 'vitest';
import { pollJob } from '../../../../../lambdas/poll-job/poll-job.ts';
import type { StatusChange } from '../../../../../lambdas/shared/domain/job/job.ts';
import {
  historyFromBedrock,
  historyWith,
  maxStatusChanges,
} from '../../../../../lambdas/shared/domain/job/job-history.ts';
import { startJob } from '../../../../../lambdas/start-job/start-job.ts';
import { awsError } from '../../../../support/aws-error.ts';
import { memoryWorld, planned } from '../../../../support/world.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 2, 9, minute)).toISOString();
const counters = { total: 0, processed: 0, succeeded: 0, failed: 0 };

describe('the history of a job', () => {
  it('has each change once, in its order, with what was waited for', () => {
    let history: StatusChange[] = [];
    for (const change of [
      { status: 'Waiting', at: at(0), for: 'root' },
      { status: 'Waiting', at: at(1), for: 'root' },
      { status: 'Planned', at: at(2) },
      { status: 'Prepared', at: at(3) },
      { status: 'Prepared', at: at(4), for: 'slot' },
    ] as const) {
      history = historyWith({ history }, change);
    }

    expect(history).toEqual([
      { status: 'Waiting', at: at(0), for: 'root' },
      { status: 'Planned', at: at(2) },
      { status: 'Prepared', at: at(3) },
      { status: 'Prepared', at: at(4), for: 'slot' },
    ]);
  });

  it('never goes back, whatever the clocks of others say', () => {
    const history = [{ status: 'Submitted', at: at(5) } as const];

    expect(historyWith({ history }, { status: 'Validating', at: at(4) }).at(-1)).toEqual({
      status: 'Validating',
      at: at(5),
    });
  });

  it('keeps its beginning and its end where a status changes without end', () => {
    let history: StatusChange[] = [];
    for (let minute = 0; minute < 100; minute++) {
      history = historyWith({ history }, { status: minute % 2 === 0 ? 'Scheduled' : 'InProgress', at: at(minute) });
    }

    expect(history).toHaveLength(maxStatusChanges);
    expect(history[0]?.at).toBe(at(0));
    expect(history.at(-1)?.at).toBe(at(99));
  });

  it.each([
    ['its own time of a change', { status: 'InProgress', changedAt: new Date(at(2)) }, at(2)],
    ['when it was seen, where Bedrock says no time', { status: 'InProgress' }, at(9)],
    ['when it was seen, where Bedrock is ahead', { status: 'InProgress', changedAt: new Date(at(30)) }, at(9)],
    [
      'its end, of a job that is over',
      { status: 'Completed', endedAt: new Date(at(4)), changedAt: new Date(at(5)) },
      at(4),
    ],
  ] as const)('has %s', (_what, seen, expected) => {
    expect(historyFromBedrock({ history: [] }, { ...seen, counters }, Date.parse(at(9)))).toEqual([
      { status: seen.status, at: expected },
    ]);
  });

  it('is written with the status itself: the wait for a slot, the submission, what a poll sees', async () => {
    const world = memoryWorld();
    const job = await planned(world, { status: 'Prepared', layout: 'staged' });
    const full = {
      ...world.bedrock,
      create: () => Promise.reject(awsError('ServiceQuotaExceededException', 400, 'full')),
    };
    const given = { ...world, bedrockRoleArn: 'arn:role', jobTags: [] };
    await expect(startJob(job, { ...given, bedrock: full })).rejects.toThrow('slot');
    const { batchJobArn } = await startJob(job, given);
    world.bedrock.set(batchJobArn, { status: 'InProgress' });
    const reference = { runId: job.runId, jobName: job.jobName };
    await pollJob({ ...reference, batchJobArn }, world);
    await pollJob({ ...reference, batchJobArn }, world);

    const { history } = await world.table.getJob(job);
    expect(history.map(({ status, for: what }) => [status, what])).toEqual([
      ['Prepared', 'slot'],
      ['Submitted', undefined],
      ['InProgress', undefined],
    ]);
  });
});
