import { describe, expect, it } from 'vitest';
import type { Run } from '../../../../lambdas/shared/domain/run/run.ts';
import type { ListedExecution } from '../../../../lib/cli/aws/runs.ts';
import { stopRun, stopSentence } from '../../../../lib/cli/stop/stop-run.ts';
import { sampleRun } from '../samples.ts';

/** Stops a run whose item and last execution are so. */
async function stop(item: Run | undefined, status: string | undefined) {
  const asked: string[] = [];
  const stopped: string[] = [];
  const end = await stopRun('run-1', {
    item: async () => item,
    async execution(name): Promise<ListedExecution | undefined> {
      asked.push(name);
      return status === undefined ? undefined : { executionArn: `arn:${name}`, name, status, startedAt: new Date(0) };
    },
    stop: async (arn) => void stopped.push(arn),
  });
  return { end, asked, stopped, sentence: stopSentence(end) };
}

const resumed = sampleRun({ executionArns: ['arn:machine:run-1', 'arn:machine:run-1-resume-1'] });

describe('stopping a run', () => {
  it('stops the execution that resumed it', async () => {
    const { asked, stopped, end } = await stop(resumed, 'RUNNING');

    expect(asked).toEqual(['run-1-resume-1']);
    expect(stopped).toEqual(['arn:run-1-resume-1']);
    expect(end.stop).toBe('stopped');
  });

  it.each([
    ['whose table entry is open', resumed, 'arn:run-1-resume-1'],
    ['whose plan has not begun', undefined, 'arn:run-1'],
  ])('stops an execution that waits to be redriven, of a run %s', async (_, item, arn) => {
    const { stopped, end } = await stop(item, 'PENDING_REDRIVE');

    expect({ stopped, stop: end.stop }).toEqual({ stopped: [arn], stop: 'stopped' });
  });

  it('stops a run whose plan has not begun', async () => {
    expect((await stop(undefined, 'RUNNING')).stopped).toEqual(['arn:run-1']);
  });

  it.each([
    ['has ended', sampleRun({ status: 'PartlySucceeded' }), 'SUCCEEDED', 'has ended already (PartlySucceeded)'],
    ['ended before its plan', undefined, 'FAILED', 'has ended already (FAILED)'],
    ['was stopped and not recovered', sampleRun(), 'ABORTED', 'was stopped before'],
    ['is being stopped', sampleRun({ stopRequestedAt: '2026-11-02T09:00:00.000Z' }), 'RUNNING', 'was stopped before'],
    ['was cut off', sampleRun(), 'FAILED', 'another execution within about half an hour: stop it again then'],
    ['is about to be resumed', resumed, undefined, 'another execution within about half an hour: stop it again then'],
  ])('changes nothing of a run that %s', async (_, item, status, words) => {
    const { stopped, sentence } = await stop(item, status);

    expect(stopped).toEqual([]);
    expect(sentence).toContain(words);
  });
});
