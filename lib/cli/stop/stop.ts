import { isOpen } from '../../../lambdas/shared/domain/run/run.ts';
import { confirm } from '../../program/confirm.ts';
import { type Context, exitCodes } from '../../program/context.ts';
import { CommandProblem } from '../../program/problem.ts';
import { findRun } from '../aws/find-run.ts';
import { type SessionOptions, withSession } from '../aws/session.ts';
import { leave } from '../run/leave.ts';
import { watchRun } from '../run/watch-run.ts';
import { stopRun, stopSentence } from './stop-run.ts';

/** Options of `stop`. */
export interface StopOptions extends SessionOptions {
  yes?: boolean;
  wait?: boolean;
  json?: boolean;
}

/** `media-batch stop`: stops a run for good. Returns the exit code. */
export function stop(named: string, options: StopOptions, context: Context): Promise<number> {
  const { output, interrupted } = context;
  return withSession(options, context, async (session) => {
    const runId = await findRun(named, session.runs);
    const question = `Stop run ${runId}? Records without an answer will be missing.`;
    const asking = { action: 'Stopping a run', signal: interrupted };
    const item = await session.runs.item(runId);
    const isActive = item === undefined || isOpen(item);
    if (!options.yes && isActive && !(await confirm(question, context, asking))) {
      output.err.write('The run continues.\n');
      return interrupted.aborted ? exitCodes.interrupted : exitCodes.failed;
    }
    interrupted.throwIfAborted();
    const end = await stopRun(runId, session.runs);
    if (end.stop === 'not-now') throw new CommandProblem(stopSentence(end));
    output.err.write(`${stopSentence(end)}\n`);
    if (options.wait && end.stop !== 'already-ended') {
      const { isDetached } = await watchRun({ runId, executionArn: end.executionArn }, session, options, context);
      return isDetached ? leave({ runId, isStopping: true }, session, context) : exitCodes.succeeded;
    }
    if (options.json) output.out.write(`${JSON.stringify(end)}\n`);
    return exitCodes.succeeded;
  });
}
