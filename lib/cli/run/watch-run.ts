import type { Outcome } from '../../../lambdas/shared/domain/run/outcome.ts';
import type { Run } from '../../../lambdas/shared/domain/run/run.ts';
import { plainText } from '../../../lambdas/shared/text/plain-text.ts';
import { type Context, exitCodes } from '../../program/context.ts';
import { type Channel, colorsFor } from '../../program/output.ts';
import { readableOutcome } from '../aws/runs.ts';
import type { Session } from '../aws/session.ts';
import { downloadWithProgress } from '../results/download-with-progress.ts';
import { liveProgress } from '../terminal/live-progress.ts';
import { jobsTable, outcomeTable } from '../terminal/outcome-table.ts';
import { progressLines } from '../terminal/progress.ts';
import { followRun, type RunEnd } from './follow-run.ts';

/** Requests to AWS cost money; the local clock may pass a day in a second. */
const lookEveryMs = { aws: 1000, local: 100 } as const;

/** The exit code for the status of a run: 0 while it is active. */
export const exitCodeOf: Record<Run['status'], number> = {
  Planning: exitCodes.succeeded,
  Running: exitCodes.succeeded,
  Succeeded: exitCodes.succeeded,
  NothingToDo: exitCodes.succeeded,
  Planned: exitCodes.succeeded,
  PartlySucceeded: exitCodes.partlySucceeded,
  Stopped: exitCodes.stopped,
  Refused: exitCodes.failed,
  Failed: exitCodes.failed,
};

/** A run to watch: its ID, and the execution to begin with. */
export interface WatchedRun {
  runId: string;
  executionArn: string;
}

export interface WatchOptions {
  /** The outcome as one line of JSON, in place of tables. */
  json?: boolean;
  /** Folder on this machine for the results. */
  resultsFolder?: string;
}

/** How watching ended. */
export interface WatchEnd {
  exitCode: number;
  /** Ctrl-C came before the run's end; the run continues. */
  isDetached: boolean;
}

/**
 * Shows the progress of a run and how it ended. When interrupted, it returns `exitCodes.interrupted`; the run
 * continues.
 */
export async function watchRun(
  run: WatchedRun,
  session: Session,
  options: WatchOptions,
  context: Context,
): Promise<WatchEnd> {
  const { connection, runs } = session;
  const { output } = context;
  const progress = output.err.isTerminal ? liveProgress(output.err, context.now) : progressLines(output.err);
  const end = await followRun(
    { ...run, label: connection.label },
    runs,
    progress,
    connection.isLocal ? lookEveryMs.local : lookEveryMs.aws,
    context,
  ).finally(() => progress.end());
  if (end.state === 'detached') return { exitCode: exitCodes.interrupted, isDetached: true };
  // Before anything that may fail.
  if (!options.json) sayEnd(end, output.err);
  const outcome = end.state === 'succeeded' ? end.outcome : await readableOutcome(run.runId, runs);
  const exitCode = options.json
    ? printEnd(run.runId, end, outcome, context)
    : showEnd(end, outcome, context, options.resultsFolder);
  if (outcome !== undefined && options.resultsFolder !== undefined) {
    const isWhole = await downloadWithProgress(session.s3, outcome, options.resultsFolder, context);
    if (!isWhole) return { exitCode: exitCodes.interrupted, isDetached: false };
  }
  return { exitCode, isDetached: false };
}

type Ended = Exclude<RunEnd, { state: 'detached' }>;

function sayEnd(end: Ended, err: Channel): void {
  if (end.state === 'failed') err.write(`${colorsFor(err).red(plainText(end.error))}: ${plainText(end.cause)}\n`);
  if (end.state === 'stopped') {
    err.write(`The run was stopped by a user${end.cause === '' ? '.' : `: ${plainText(end.cause)}`}\n`);
  }
}

function showEnd(end: Ended, outcome: Outcome | undefined, { output: { out } }: Context, folder?: string): number {
  out.write(outcome === undefined ? jobsTable(end.jobs, out) : `\n${outcomeTable(outcome, out, folder)}`);
  if (end.state === 'succeeded') return exitCodeOf[end.outcome.status];
  return end.state === 'failed' ? exitCodes.failed : exitCodes.stopped;
}

/** A failed run has an outcome in the bucket, unless it failed too early: then only status and reason are known. */
function printEnd(runId: string, end: Ended, outcome: Outcome | undefined, { output }: Context): number {
  const printed =
    end.state === 'succeeded'
      ? end.outcome
      : (outcome ??
        (end.state === 'stopped'
          ? ({ runId, status: 'Stopped', reason: end.cause } as const)
          : ({ runId, status: 'Failed', reason: `${end.error}: ${end.cause}` } as const)));
  output.out.write(`${JSON.stringify(printed)}\n`);
  return exitCodeOf[printed.status];
}
