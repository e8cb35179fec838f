import type { BedrockJob } from '../ports/batch-jobs.ts';
import { statusMeaning } from './bedrock-status.ts';
import type { Job, StatusChange } from './job.ts';

/** The most changes that are kept: a job has about a dozen, and its item must not grow without end. */
export const maxStatusChanges = 40;

/**
 * Returns the history of a job with one more status change; unchanged where nothing changed. It is part of the write
 * that changes the status, so it costs no request. Of too many changes those in the middle are dropped.
 */
export function historyWith({ history }: Pick<Job, 'history'>, { status, at, for: what }: StatusChange) {
  const last = history.at(-1);
  if (last?.status === status && last.for === what) return history;
  // Clocks of Bedrock and functions differ; times in a history never decrease.
  const change: StatusChange = { status, at: last !== undefined && at < last.at ? last.at : at };
  const all = [...history, what === undefined ? change : { ...change, for: what }];
  const half = maxStatusChanges / 2;
  return all.length <= maxStatusChanges ? all : [...all.slice(0, half), ...all.slice(-half)];
}

/** Returns the history with Bedrock's current status, at Bedrock's own time of the change. */
export function historyFromBedrock(
  job: Pick<Job, 'history'>,
  { status, endedAt, changedAt }: BedrockJob,
  nowMs: number,
) {
  const said = statusMeaning[status].over ? (endedAt ?? changedAt) : changedAt;
  const at = new Date(Math.min(said?.getTime() ?? nowMs, nowMs)).toISOString();
  return historyWith(job, { status, at });
}
