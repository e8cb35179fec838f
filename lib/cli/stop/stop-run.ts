import { isOpen } from '../../../lambdas/shared/domain/run/run.ts';
import type { Runs } from '../aws/runs.ts';

/** The result of stopping a run. */
export type StopEnd =
  | { runId: string; stop: 'stopped' | 'already-stopping'; executionArn: string }
  | { runId: string; stop: 'already-ended'; status: string }
  | { runId: string; stop: 'not-now'; executionArn: string };

/**
 * Statuses of an execution that has not ended. UNVERIFIED: that one waiting to be redriven can be stopped; no error of
 * StopExecution is about an execution's status.
 *
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html
 */
const mayBeStopped: ReadonlySet<string> = new Set(['RUNNING', 'PENDING_REDRIVE']);

/**
 * Stops the execution of a run; recovery then stops its jobs and ends the run. A second call changes nothing. A run
 * between two executions cannot be stopped: `not-now`.
 */
export async function stopRun(runId: string, runs: Pick<Runs, 'item' | 'execution' | 'stop'>): Promise<StopEnd> {
  const item = await runs.item(runId);
  if (item !== undefined && !isOpen(item)) return { runId, stop: 'already-ended', status: item.status };
  const last = item?.executionArns.at(-1);
  const name = last === undefined ? runId : last.slice(last.lastIndexOf(':') + 1);
  const execution = await runs.execution(name);
  const executionArn = execution?.executionArn ?? last ?? '';
  if (item?.stopRequestedAt !== undefined || execution?.status === 'ABORTED') {
    return { runId, stop: 'already-stopping', executionArn };
  }
  if (mayBeStopped.has(execution?.status ?? '')) {
    await runs.stop(executionArn);
    return { runId, stop: 'stopped', executionArn };
  }
  return item === undefined
    ? { runId, stop: 'already-ended', status: execution?.status ?? 'unknown' }
    : { runId, stop: 'not-now', executionArn };
}

/** What happens next, in one sentence. */
export function stopSentence(end: StopEnd): string {
  switch (end.stop) {
    case 'stopped':
      return (
        `Run ${end.runId} is stopped: its jobs at Bedrock are stopped within about half an hour, ` +
        'and their answers so far are saved and paid for.'
      );
    case 'already-stopping':
      return (
        `Run ${end.runId} was stopped before: its jobs are stopped within about half an hour of that, ` +
        'and their answers so far are saved.'
      );
    case 'already-ended':
      return `Run ${end.runId} has ended already (${end.status}): there is nothing to stop.`;
    case 'not-now':
      return (
        `Run ${end.runId} was interrupted and is resumed by another execution within about half an hour: ` +
        'stop it again then.'
      );
  }
}
