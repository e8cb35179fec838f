import { plainText } from '../../../lambdas/shared/plain-text.ts';
import { type Context, exitCodes } from '../context.ts';
import { exitCodeOf } from '../outcome/exit-code.ts';
import { jobsTable, outcomeTable } from '../outcome/outcome-table.ts';
import { colorsFor } from '../output.ts';
import { downloadWithProgress } from '../results/download-with-progress.ts';
import type { Session } from '../session.ts';
import { followRun, type RunEnd } from './follow-run.ts';
import { progressFor } from './progress.ts';

/** Looking costs money and patience on AWS; the local clock may do a day's work in a second. */
const lookEveryMs = { aws: 1000, local: 100 } as const;

/** A run to watch: its ID, and the execution to begin with. */
export interface WatchedRun {
  runId: string;
  executionArn: string;
}

export interface WatchOptions {
  /** The outcome as one line of JSON, in place of tables. */
  json?: boolean;
  /** A folder on this machine that the results are downloaded into. */
  resultsFolder?: string;
}

/** How the watching ended. */
export interface WatchEnd {
  exitCode: number;
  /** Ctrl-C came before the run's end, so that it goes on. */
  isDetached: boolean;
}

/**
 * Shows how a run goes until it ends and how it ended. Interrupted, it gives `exitCodes.interrupted` and leaves the run as it is:
 * what becomes of it is for the caller to say.
 */
export async function watchRun(
  run: WatchedRun,
  session: Session,
  options: WatchOptions,
  context: Context,
): Promise<WatchEnd> {
  const { connection, runs } = session;
  const { output } = context;
  const progress = progressFor(output.err, context.now);
  const end = await followRun(
    { ...run, label: connection.label },
    runs,
    progress,
    connection.isLocal ? lookEveryMs.local : lookEveryMs.aws,
    context,
  ).finally(() => progress.end());
  if (end.state === 'detached') return { exitCode: exitCodes.interrupted, isDetached: true };
  const exitCode = options.json
    ? await printEnd(run.runId, end, session, context)
    : showEnd(end, context, options.resultsFolder);
  if (end.state === 'succeeded' && options.resultsFolder !== undefined) {
    const isWhole = await downloadWithProgress(session.s3, end.outcome, options.resultsFolder, context);
    if (!isWhole) return { exitCode: exitCodes.interrupted, isDetached: false };
  }
  return { exitCode, isDetached: false };
}

type Ended = Exclude<RunEnd, { state: 'detached' }>;

function showEnd(end: Ended, { output }: Context, resultsFolder?: string): number {
  switch (end.state) {
    case 'succeeded':
      output.out.write(`\n${outcomeTable(end.outcome, output.out, resultsFolder)}`);
      return exitCodeOf[end.outcome.status];
    case 'failed':
      output.out.write(jobsTable(end.jobs, output.out));
      output.err.write(`${colorsFor(output.err).red(plainText(end.error))}: ${plainText(end.cause)}\n`);
      return exitCodes.failed;
    case 'stopped':
      output.out.write(jobsTable(end.jobs, output.out));
      output.err.write(`The run was stopped by a person${end.cause === '' ? '.' : `: ${plainText(end.cause)}`}\n`);
      return exitCodes.stopped;
  }
}

/** One that failed left its outcome in the bucket, unless it never came that far: then status and reason are all there is. */
async function printEnd(runId: string, end: Ended, { runs }: Session, { output }: Context): Promise<number> {
  const outcome =
    end.state === 'succeeded'
      ? end.outcome
      : ((await runs.outcome(runId)) ??
        (end.state === 'stopped'
          ? ({ runId, status: 'Stopped', reason: end.cause } as const)
          : ({ runId, status: 'Failed', reason: `${end.error}: ${end.cause}` } as const)));
  output.out.write(`${JSON.stringify(outcome)}\n`);
  return exitCodeOf[outcome.status];
}
