import { isOpen } from '../../../lambdas/shared/domain/run/run.ts';
import { type Context, exitCodes } from '../../program/context.ts';
import { findRun } from '../aws/find-run.ts';
import type { Runs } from '../aws/runs.ts';
import { type Session, type SessionOptions, withSession } from '../aws/session.ts';
import { leave } from '../run/leave.ts';
import { exitCodeOf, watchRun } from '../run/watch-run.ts';
import { listRuns } from './list-runs.ts';
import { readRunState } from './run-state.ts';
import { runStateTable, runsTable } from './status-tables.ts';

/** Options of `status`. */
export interface StatusOptions extends SessionOptions {
  limit: number;
  watch?: boolean;
  json?: boolean;
}

/** `media-batch status`: lists the newest runs, or shows one. Returns the exit code. */
export function status(named: string | undefined, options: StatusOptions, context: Context): Promise<number> {
  return withSession(options, context, async (session) => {
    if (options.watch) return watch(named, session, options, context);
    if (named === undefined) return list(session.runs, options, context);
    return show(await findRun(named, session.runs), session.runs, options, context);
  });
}

async function list(runs: Runs, { limit, json }: StatusOptions, { output: { out, err }, now }: Context) {
  const listed = await listRuns(runs, limit);
  if (json) out.write(`${JSON.stringify(listed, null, 2)}\n`);
  else if (listed.length > 0) out.write(runsTable(listed, out, now()));
  else err.write('There is no run yet: start one with "media-batch run".\n');
  return exitCodes.succeeded;
}

async function show(runId: string, runs: Runs, { json }: StatusOptions, { output: { out }, now }: Context) {
  const state = await readRunState(runId, runs);
  out.write(json ? `${JSON.stringify(state, null, 2)}\n` : runStateTable(state, out, now()));
  return exitCodeOf[state.status];
}

async function watch(named: string | undefined, session: Session, options: StatusOptions, context: Context) {
  const { runs } = session;
  const runId = named === undefined ? await newestOpenRun(runs) : await findRun(named, runs);
  if (runId === undefined) {
    context.output.err.write('No run is active: there is nothing to watch.\n');
    return exitCodes.succeeded;
  }
  const item = await runs.item(runId);
  const executionArn = item?.executionArns.at(-1) ?? (await runs.execution(runId))?.executionArn;
  // Step Functions forgets an execution 90 days after its end; an ended run has nothing to watch.
  if (executionArn === undefined || (item !== undefined && !isOpen(item))) {
    return options.json ? printEnded(runId, runs, context) : show(runId, runs, options, context);
  }
  const { exitCode, isDetached } = await watchRun({ runId, executionArn }, session, options, context);
  return isDetached ? leave({ runId }, session, context) : exitCode;
}

/** Prints the same line as for a run that was watched to its end. */
async function printEnded(runId: string, runs: Runs, { output: { out } }: Context): Promise<number> {
  const { status, reason, outcome } = await readRunState(runId, runs);
  out.write(`${JSON.stringify(outcome ?? { runId, status, reason })}\n`);
  return exitCodeOf[status];
}

async function newestOpenRun(runs: Pick<Runs, 'openRunIds' | 'item'>): Promise<string | undefined> {
  const items = await Promise.all((await runs.openRunIds()).map((runId) => runs.item(runId)));
  // The index is eventually consistent.
  const open = items.filter((item) => item !== undefined).filter(isOpen);
  return open.sort((one, other) => other.startedAt.localeCompare(one.startedAt))[0]?.runId;
}
