import { isOpen } from '../../../lambdas/shared/domain/run/run.ts';
import { durationText, numberText, usdText } from '../../../lambdas/shared/text/amounts.ts';
import type { Channel } from '../../program/output.ts';
import { planLines } from '../terminal/job-text.ts';
import { jobsTable, outcomeTable } from '../terminal/outcome-table.ts';
import { optional, type Row, tableOf } from '../terminal/table.ts';
import type { ListedRun } from './list-runs.ts';
import type { RunState } from './run-state.ts';

/** Runs as a table, one line each. */
export function runsTable(runs: readonly ListedRun[], channel: Channel, nowMs: number): string {
  const head = ['run', 'status', 'records', 'cost', 'started', 'took', ''];
  const rows = runs.map((run) => [
    run.runId,
    run.status,
    recordsText(run),
    costText(run),
    minuteText(run.startedAt),
    tookText(run, nowMs),
    run.waitsFor ?? '',
  ]);
  return tableOf(rows, channel, head);
}

/** One run as a table. */
export function runStateTable(state: RunState, channel: Channel, nowMs: number): string {
  const { runId, status, startedAt, reason, planned, stopRequestedAt, jobs, outcome } = state;
  if (outcome !== undefined) return outcomeTable(outcome, channel);
  const isRunActive = isOpen(state);
  const rows: Row[] = [
    ['run', runId],
    ['status', status],
    ...optional('reason', reason),
    ['started', isRunActive ? `${startedAt}, ${tookText({ startedAt }, nowMs)} ago` : startedAt],
    ...optional('stopped', stopRequestedAt && `${stopRequestedAt}: its jobs are being stopped`),
    ...(planned ? planLines(planned) : []).map((line, at): Row => [at === 0 ? 'planned' : '', line]),
  ];
  const rest = jobsTable(jobs, channel);
  return `${tableOf(rows, channel)}${rest === '' ? '' : `\n${rest}`}`;
}

function recordsText({ records, processed }: ListedRun): string {
  if (records === undefined) return '-';
  return processed ? `${numberText(processed)}/${numberText(records)}` : numberText(records);
}

function costText({ costUsd, estimateUsd }: ListedRun): string {
  if (costUsd !== undefined) return usdText(costUsd);
  return estimateUsd === undefined ? '-' : `about ${usdText(estimateUsd)}`;
}

/** `2026-11-02 09:00`, in UTC like all times that are shown. */
function minuteText(time: string): string {
  return time.slice(0, 16).replace('T', ' ');
}

function tookText({ startedAt, endedAt }: Pick<ListedRun, 'startedAt' | 'endedAt'>, nowMs: number): string {
  const ms = (endedAt === undefined ? nowMs : Date.parse(endedAt)) - Date.parse(startedAt);
  return durationText(Math.max(0, ms));
}
