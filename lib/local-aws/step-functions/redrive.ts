import { ServiceError } from '../service.ts';
import type { Execution } from './execution.ts';
import type { ExecutionRecord } from './execution-files.ts';

const dayMs = 24 * 3_600_000;
/** How long after its end an execution can be redriven, and after its start. */
const [redrivableMs, maxOpenMs] = [14 * dayMs, 365 * dayMs];
/** With room for the redrive and one more. */
const maxEvents = 24_999;
/** How long a client token is remembered. */
const tokenMs = 15 * 60_000;

export const isUnsuccessful = ({ status }: ExecutionRecord): boolean =>
  ['FAILED', 'ABORTED', 'TIMED_OUT'].includes(status);

/** Whether an execution can be redriven, as DescribeExecution says it. */
export type RedriveState = ReturnType<typeof redriveStateOf>;

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_DescribeExecution.html */
export function redriveStateOf({ record, events, machine }: Execution, now: number) {
  const { status, startDate, stopDate = now, mapRunArn } = record;
  const reasons: [boolean, string][] = [
    [!isUnsuccessful(record), `Execution is ${status} and cannot be redriven`],
    [events.length >= maxEvents, 'Execution history event limit exceeded'],
    [now - startDate > maxOpenMs, 'Execution has exceeded the max execution time'],
    [now - stopDate > redrivableMs, 'Execution redrivable period exceeded'],
    // Its progress is in memory only.
    [machine === undefined, 'Execution was run by an earlier local AWS'],
  ];
  const redriveStatusReason = reasons.find(([isMet]) => isMet)?.[1];
  if (redriveStatusReason !== undefined) return { redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason };
  return { redriveStatus: mapRunArn === undefined ? 'REDRIVABLE' : 'REDRIVABLE_BY_MAP_RUN' };
}

/**
 * Checks a request to redrive. Returns the time of an earlier redrive with the same token, if there was one.
 * https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html
 *
 * @throws ServiceError ExecutionNotRedrivable
 */
export function judgeRedrive(execution: Execution, token: string | undefined, now: number): number | undefined {
  const known = execution.redrives.slice(-10).find((redrive) => redrive.token === token);
  if (token !== undefined && known && now - known.date <= tokenMs) return known.date;
  const { redriveStatus, redriveStatusReason = redriveStatus } = redriveStateOf(execution, now);
  if (redriveStatus === 'REDRIVABLE') return undefined;
  throw new ServiceError('ExecutionNotRedrivable', 400, `${execution.record.executionArn}: ${redriveStatusReason}`);
}
