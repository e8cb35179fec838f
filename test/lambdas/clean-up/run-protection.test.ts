import { describe, expect, it } from 'vitest';
import { runProtection } from '../../../lambdas/clean-up/run-protection.ts';
import { runStatusSchema } from '../../../lambdas/shared/domain/run/run.ts';
import { prefixes } from '../../support/factories.ts';
import { memoryWorld, planned, type World } from '../../support/world.ts';

async function withRun(world: World, runId: string, status: 'Planning' | 'Running' | 'Succeeded'): Promise<void> {
  await world.table.createRun({
    ...{ runId, executionArns: [], status, startedAt: '2026-11-02T09:00:00.000Z', requestJson: '{}', jobCount: 0 },
  });
}

describe('files of a run', () => {
  it.each(['Planning', 'Running'] as const)('are protected while it is %s, whatever the file', async (status) => {
    const world = memoryWorld();
    await withRun(world, 'r', status);
    const { isLiveRun } = await runProtection({ ...world, prefixes });

    expect(await isLiveRun('nova/batch/runs/r/plan.json')).toBe(true);
    expect(await isLiveRun('nova/batch/runs/r/ledger/a/b.ndjson')).toBe(true);
  });

  it.each(runStatusSchema.options)('are not protected once it is over as %s', async (status) => {
    const world = memoryWorld();
    await withRun(world, 'r', 'Running');
    await world.table.updateRun('r', { status });
    const { isLiveRun } = await runProtection({ ...world, prefixes });

    expect(await isLiveRun('nova/batch/runs/r/plan.json')).toBe(false);
  });

  it('do not protect those of another run whose name begins alike', async () => {
    const world = memoryWorld();
    await withRun(world, 'r-1', 'Running');
    const { isLiveRun } = await runProtection({ ...world, prefixes });

    expect(await isLiveRun('nova/batch/runs/r-10/plan.json')).toBe(false);
    expect(await isLiveRun('nova/batch/runs/r/plan.json')).toBe(false);
  });

  it('cost one look into the table per run, however many they are', async () => {
    const world = memoryWorld();
    await withRun(world, 'r', 'Running');
    let looks = 0;
    const getRun = (runId: string) => {
      looks += 1;
      return world.table.getRun(runId);
    };
    const { isLiveRun } = await runProtection({ table: { ...world.table, getRun }, prefixes });

    for (let at = 0; at < 50; at++) await isLiveRun(`nova/batch/runs/r/${at}`);
    await isLiveRun('nova/batch/runs/over/plan.json');

    expect(looks).toBe(2);
  });
});

describe('output of a job', () => {
  it('is protected until the job is collected, and not afterwards', async () => {
    const world = memoryWorld();
    const open = await planned(world, { jobName: 'open-1', status: 'InProgress', phase: 'closed' });
    const collected = await planned(world, { jobName: 'collected-1', phase: 'closed' });
    await world.table.finishJob(collected, {
      ledgerKey: 'ledger',
      skipped: 0,
      retryable: 0,
      records: { submitted: 1, succeeded: 1, failed: 0, missing: 0 },
      inputTokens: 0,
      outputTokens: 0,
      outputLines: 0,
      duplicateLines: 0,
      foreignLines: 0,
      foreignFiles: [],
    });
    const { isLiveOutput } = await runProtection({ ...world, prefixes });

    expect(await isLiveOutput(`${open.batchOutputS3Prefix}abcdefghijkl/x.jsonl.out`)).toBe(true);
    expect(await isLiveOutput('nova/batch/output/open-10/abcdefghijkl/x.jsonl.out')).toBe(false);
    expect(await isLiveOutput('nova/batch/output/collected-1/abcdefghijkl/x.jsonl.out')).toBe(false);
  });
});
