import type { BedrockJob } from '../ports/batch-jobs.ts';
import { statusMeaning } from './bedrock-status.ts';
import type { Job, StatusChange } from './job.ts';

/** Changes that are kept: a job has a dozen, and an item in the table must not grow for ever. */
export const maxStatusChanges = 40;

/**
 * The history of a job with one more change of its status; as it was where nothing has changed. It goes into the very write that
 * changes the status, so that it costs no request. Of too many changes those in the middle are left out.
 */
export function historyWith({ history = [] }: Pick<Job, 'history'>, { status, at, for: what }: StatusChange) {
  const last = history.at(-1);
  if (last?.status === status && last.for === what) return history;
  // Clocks differ between Bedrock and functions; a history never goes back.
  const change: StatusChange = { status, at: last !== undefined && at < last.at ? last.at : at };
  const all = [...history, what === undefined ? change : { ...change, for: what }];
  const half = maxStatusChanges / 2;
  return all.length <= maxStatusChanges ? all : [...all.slice(0, half), ...all.slice(-half)];
}

/** The history of a job as Bedrock shows it now: with its own time of the change, which no look can know exactly. */
export function historyFromBedrock(
  job: Pick<Job, 'history'>,
  { status, endedAt, changedAt }: BedrockJob,
  nowMs: number,
) {
  const said = statusMeaning[status].over ? (endedAt ?? changedAt) : changedAt;
  const at = new Date(Math.min(said?.getTime() ?? nowMs, nowMs)).toISOString();
  return historyWith(job, { status, at });
}
