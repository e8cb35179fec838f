import { describe, expect, it } from 'vitest';
import type { Claim } from '../../../../../lambdas/shared/domain/claim/claim.ts';
import { claimStates } from '../../../../../lambdas/shared/domain/claim/claim-states.ts';
import type { Collected } from '../../../../../lambdas/shared/domain/job/collected.ts';
import { memoryWorld, planned } from '../../../../support/world.ts';

const claim = (overrides: Partial<Claim> = {}): Claim => ({
  bucket: 'media-bucket',
  key: 'a.mp4',
  fingerprint: 'f',
  etag: 'e',
  runId: 'run-1',
  jobName: 'media-run-1-1',
  recordId: 'abcdef012345-000001',
  ...overrides,
});

const collected = (succeeded: number): Collected => ({
  ledgerKey: 'l',
  records: { submitted: 1, succeeded, failed: 1 - succeeded, missing: 0 },
  skipped: 0,
  retryable: 0,
  inputTokens: 0,
  outputTokens: 0,
  outputLines: 0,
  duplicateLines: 0,
  foreignLines: 0,
  foreignFiles: [],
});

describe('what became of a claim', () => {
  it.each([
    ['pending', 'Running', undefined],
    ['pending', 'Planning', undefined],
    ['open', 'Stopped', undefined],
    ['succeeded', 'Running', 1],
    ['succeeded', 'Succeeded', 1],
    ['open', 'Failed', 0],
  ] as const)('is %s in a run that is %s, with %s successes of its job', async (state, status, succeeded) => {
    const { table, ...world } = memoryWorld();
    await planned({ ...world, table }, succeeded === undefined ? {} : { collected: collected(succeeded) });
    await table.updateRun('run-1', { status });

    expect(await claimStates(table)(claim())).toBe(state);
  });

  it('is what it says itself, without a look at its job', async () => {
    expect(await claimStates(memoryWorld().table)(claim({ outcome: 'failed', reason: 'no video' }))).toBe('failed');
  });

  it.each([
    ['pending', 'succeeded', 'pending'],
    ['succeeded', 'pending', 'succeeded'],
    ['open', 'pending', 'pending'],
    ['open', 'succeeded', 'succeeded'],
    ['open', 'open', 'open'],
    ['failed', 'pending', 'pending'],
    ['failed', 'succeeded', 'succeeded'],
    ['failed', 'open', 'failed'],
  ] as const)('that is %s itself, in place of one that is %s, is %s', async (own, before, state) => {
    const world = memoryWorld();
    for (const [runId, is] of [
      ['own', own],
      ['before', before],
    ] as const) {
      const hasAnswer = is === 'succeeded';
      await planned(world, { runId, ...(hasAnswer && { collected: collected(1) }) });
      await world.table.updateRun(runId, { status: is === 'pending' ? 'Running' : 'Failed' });
    }
    const replaced = { runId: 'before', jobName: 'media-before-1', recordId: 'r' };
    const outcome = own === 'failed' ? 'failed' : undefined;

    const held = claim({ runId: 'own', jobName: 'media-own-1', before: replaced, outcome });

    expect(await claimStates(world.table)(held)).toBe(state);
  });

  it('is open where nobody knows its job or its run any more', async () => {
    const { table, ...world } = memoryWorld();
    await planned({ ...world, table });

    expect(await claimStates(table)(claim({ runId: 'gone' }))).toBe('open');
    expect(await claimStates(table)(claim({ jobName: 'gone' }))).toBe('pending');
  });

  it('is read once for all claims of a job, and once for all jobs of a run', async () => {
    const { table, ...world } = memoryWorld();
    await planned({ ...world, table });
    const reads: string[] = [];
    const stateOf = claimStates({
      getRun: (runId) => {
        reads.push(runId);
        return table.getRun(runId);
      },
      findJob: (job) => {
        reads.push(job.jobName);
        return table.findJob(job);
      },
      getJob: table.getJob,
    });

    await Promise.all([stateOf(claim()), stateOf(claim()), stateOf(claim({ jobName: 'other' })), stateOf(claim())]);

    expect(reads.sort()).toEqual(['media-run-1-1', 'other', 'run-1']);
  });
});
