import { describe, expect, it } from 'vitest';
import { type CleanUpOutput, firstCleanUp } from '../../../../lambdas/shared/domain/clean-up.ts';
import { main } from '../../../../lib/cli/main.ts';
import { capturedContext } from '../captured-context.ts';
import { type FakeInvocation, startFakeAws } from '../fake-aws.ts';

const nothing = { inputs: 0, unknownInputs: 0, copies: 0, outputs: 0, runs: 0, oldInputs: 0, uploads: 0, versions: 0 };

function anOutput(fields: Partial<CleanUpOutput> = {}): FakeInvocation {
  const startedAt = '2026-11-02T09:00:00.000Z';
  const output: CleanUpOutput = {
    ...{ dryRun: false, startedAt, removed: nothing, kept: [], failures: [] },
    unlisted: { kept: 0, failures: 0 },
    ...fields,
  };
  return { output };
}

async function clean(invocations: FakeInvocation[], args: string[] = []) {
  await using aws = await startFakeAws({ invocations });
  const captured = capturedContext({ environment: { AWS_ENDPOINT_URL: aws.url } });
  const exitCode = await main(['clean', ...args], captured.context);
  return { exitCode, ...captured.written, invoked: aws.invoked };
}

describe('clean', () => {
  it('invokes the clean-up function from the beginning, wherever the nightly clean-up is', async () => {
    const { exitCode, out, invoked } = await clean([anOutput()]);

    expect(invoked).toEqual([
      {
        path: '/2015-03-31/functions/clean-up-1/invocations',
        input: { dryRun: false, checkpoint: firstCleanUp },
      },
    ]);
    expect(out).toBe('media-1: nothing to remove\n');
    expect(exitCode).toBe(0);
  });

  it('repeats while the function runs out of time, and sums up', async () => {
    const checkpoint = { turn: 2, stage: 'outputs' as const, after: 'nova/batch/output/j/7' };
    const kept = [{ key: 'batch_input_a.jsonl', reason: 'it is young' }];
    const { out, err, invoked } = await clean(
      [
        anOutput({ dryRun: true, removed: { ...nothing, inputs: 1, outputs: 1200 }, kept, checkpoint }),
        anOutput({ removed: { ...nothing, outputs: 34 }, kept: [...kept, { key: 'b/', reason: 'it is live' }] }),
      ],
      ['--dry-run'],
    );

    expect(invoked.map(({ input }) => input)).toEqual([
      { dryRun: true, checkpoint: firstCleanUp },
      { dryRun: true, checkpoint },
    ]);
    expect(err).toBe('time was up at outputs: continuing\n');
    expect(out).toBe(
      'would remove 1 inputs of jobs\nwould remove 1,234 outputs\n' +
        'kept batch_input_a.jsonl: it is young\nkept b/: it is live\n',
    );
  });

  it('says in a dry run what would be removed', async () => {
    const { out } = await clean([anOutput({ dryRun: true, removed: { ...nothing, uploads: 2 } })], ['--dry-run']);

    expect(out).toBe('would remove 2 unfinished uploads\n');
  });

  it('exits with 2 where something could not be removed, and names it', async () => {
    const failures = [{ key: 'nova/batch/runs/r/a', reason: 'Access Denied' }];
    const { exitCode, out } = await clean([anOutput({ failures, unlisted: { kept: 1, failures: 1000 } })]);

    expect(exitCode).toBe(2);
    expect(out).toContain('kept 1 more, not listed\nfailed nova/batch/runs/r/a: Access Denied\n');
    expect(out).toContain('failed 1,000 more, not listed\n');
  });

  it('prints JSON for programs', async () => {
    const { out } = await clean([anOutput({ removed: { ...nothing, runs: 3 } })], ['--json']);

    expect(JSON.parse(out)).toEqual({
      ...{ dryRun: false, startedAt: '2026-11-02T09:00:00.000Z', removed: { ...nothing, runs: 3 } },
      ...{ kept: [], failures: [], unlisted: { kept: 0, failures: 0 } },
    });
  });

  it('shows a key with control characters without obeying them', async () => {
    const { out } = await clean([anOutput({ kept: [{ key: 'a\u001b[2Kb\u202ec', reason: 'it\nis' }] })]);

    expect(out).not.toContain('\u001b');
    expect(out).not.toContain('\u202e');
    expect(out.trim().split('\n')).toHaveLength(2);
  });

  it('says why the function failed, in one sentence, and exits with 1', async () => {
    const output = { errorType: 'RequestRefused', errorMessage: 'Bucket media-1 is not there.', trace: ['at x'] };
    const { exitCode, err } = await clean([{ output, isError: true }]);

    expect(exitCode).toBe(1);
    expect(err).toBe('error: The clean-up failed with RequestRefused: Bucket media-1 is not there.\n');
  });

  it.each(['0', '-1', 'x', '1.5', '36501'])('refuses to remove results older than %s days', async (days) => {
    const { exitCode, invoked } = await clean([anOutput()], ['--results-older-than', days]);

    expect(exitCode).toBe(1);
    expect(invoked).toEqual([]);
  });
});
