import { describe, expect, it } from 'vitest';
import type { ListedExecution } from '../../../../lib/cli/aws/runs.ts';
import { leave } from '../../../../lib/cli/run/leave.ts';
import { capturedContext } from '../captured-context.ts';
import { sampleRun } from '../samples.ts';

const execution: ListedExecution = {
  executionArn: 'arn:run-1',
  name: 'run-1',
  status: 'RUNNING',
  startedAt: new Date(0),
};
const back = 'The run continues; watch it again with: media-batch status --watch run-1\n';

/** Leaves a run after Ctrl-C; with the keys that the person presses then. */
async function leaveWith(options: Parameters<typeof capturedContext>[0], isStopping = false) {
  const { context, written } = capturedContext(options);
  const stopped: string[] = [];
  const runs = {
    item: async () => sampleRun(),
    execution: async () => execution,
    stop: async (arn: string) => void stopped.push(arn),
  };
  const exitCode = await leave({ runId: 'run-1', isStopping }, { runs: { ...noRuns, ...runs } }, context);
  return { exitCode, err: written.err, stopped };
}

const notAsked = () => Promise.reject(new Error('That is not asked for here.'));
const noRuns = {
  ...{ start: notAsked, look: notAsked, jobs: notAsked, openRunIds: notAsked, outcome: notAsked },
  async *executions(): AsyncGenerator<ListedExecution> {},
};

describe('leaving an active run', () => {
  it('says how to watch it again and exits with 130, at once without a terminal', async () => {
    expect(await leaveWith({ again: true })).toEqual({ exitCode: 130, err: back, stopped: [] });
  });

  it('leaves the run alone if Ctrl-C does not come again', async () => {
    const { exitCode, err, stopped } = await leaveWith({ isTerminal: true });

    expect({ exitCode, stopped }).toEqual({ exitCode: 130, stopped: [] });
    expect(err).toBe(`\n${back}Press Ctrl-C again to stop the run instead.\n`);
  });

  it('asks after a second one, and stops the run after a yes', async () => {
    const { exitCode, err, stopped } = await leaveWith({ isTerminal: true, again: true, stdin: 'y\n' });

    expect({ exitCode, stopped }).toEqual({ exitCode: 3, stopped: ['arn:run-1'] });
    expect(err).toContain('Stop run run-1? Records without an answer will be missing. [y/N] ');
    expect(err).toContain('Run run-1 is stopped: its jobs at Bedrock are stopped within about half an hour');
  });

  it.each(['n\n', '\n', 'yesterday\n', ''])('leaves the run alone after the answer %j', async (stdin) => {
    const { exitCode, err, stopped } = await leaveWith({ isTerminal: true, again: true, stdin });

    expect({ exitCode, stopped }).toEqual({ exitCode: 130, stopped: [] });
    expect(err).toContain('The run continues.\n');
  });

  it('does not ask about a run that is being stopped already', async () => {
    const { exitCode, err } = await leaveWith({ isTerminal: true, again: true, stdin: 'y\n' }, true);

    expect(exitCode).toBe(130);
    expect(err).toMatch(/^The run is being stopped; watch it again with: media-batch status --watch run-1/);
  });
});
