import { isOpen } from '../../../lambdas/shared/domain/run/run.ts';
import type { Runs } from '../aws/runs.ts';

/** What became of the wish to stop a run. */
export type StopEnd =
  | { runId: string; stop: 'stopped' | 'already-stopping'; executionArn: string }
  | { runId: string; stop: 'already-ended'; status: string }
  | { runId: string; stop: 'not-now'; executionArn: string };

/**
 * Statuses of an execution that has not ended. That one waiting to be redriven is stopped as well is UNVERIFIED; none of the
 * errors of StopExecution is about an execution's status.
 *
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_StopExecution.html
 */
const mayBeStopped: ReadonlySet<string> = new Set(['RUNNING', 'PENDING_REDRIVE']);

/**
 * Stops the execution of a run: recovery sees that a person did, and brings the run to its end with its jobs stopped. To do it
 * twice changes nothing. Of a run between two executions there is nothing to stop: `not-now`.
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
      return `Run ${end.runId} is stopped: within about half an hour its jobs at Bedrock are stopped too, and what they have answered is saved and paid for.`;
    case 'already-stopping':
      return `Run ${end.runId} was stopped before: within about half an hour of that its jobs are stopped too, and what they have answered is saved.`;
    case 'already-ended':
      return `Run ${end.runId} has ended already (${end.status}): there is nothing to stop.`;
    case 'not-now':
      return `Run ${end.runId} was cut off and goes on in another execution within about half an hour, expected one that runs: stop it again then.`;
  }
}
