import { canAsk, confirm } from '../../program/confirm.ts';
import { type Context, exitCodes } from '../../program/context.ts';
import type { Session } from '../aws/session.ts';
import { stopRun, stopSentence } from '../stop/stop-run.ts';

/** How long a second Ctrl-C is waited for. */
const secondWithinMs = 3000;

/**
 * Leaves a run that goes on, after Ctrl-C: says how to come back and, where there is a person, lets a second Ctrl-C ask whether to
 * stop the run. Gives the exit code.
 */
export async function leave(
  { runId, isStopping = false }: { runId: string; isStopping?: boolean },
  { runs }: Pick<Session, 'runs'>,
  context: Context,
): Promise<number> {
  const { output } = context;
  const back = `to come back: media-batch status --watch ${runId}`;
  if (isStopping || !canAsk(context) || !output.err.isTerminal) {
    output.err.write(`${isStopping ? 'The run is being stopped' : 'The run goes on'} without this command; ${back}\n`);
    return exitCodes.interrupted;
  }
  output.err.write(`\nThe run goes on without this command; ${back}\nPress Ctrl-C again to stop the run instead.\n`);
  if (!(await context.interruptedAgain(secondWithinMs))) return exitCodes.interrupted;
  const question = `\nStop run ${runId}? What is not answered yet will be missing.`;
  if (!(await confirm(question, context, { whyAsked: 'a yes before a run is stopped' }))) {
    output.err.write('The run goes on.\n');
    return exitCodes.interrupted;
  }
  const end = await stopRun(runId, runs);
  output.err.write(`${stopSentence(end)}\n`);
  return end.stop === 'stopped' ? exitCodes.stopped : exitCodes.interrupted;
}
