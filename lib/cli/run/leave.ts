import { canAsk, confirm } from '../../program/confirm.ts';
import { type Context, exitCodes } from '../../program/context.ts';
import type { Session } from '../aws/session.ts';
import { stopRun, stopSentence } from '../stop/stop-run.ts';

/** How long to wait for a second Ctrl-C. */
const secondWithinMs = 3000;

/**
 * Leaves an active run after Ctrl-C: prints how to watch it again and, on a terminal, lets a second Ctrl-C ask whether
 * to stop it. Returns the exit code.
 */
export async function leave(
  { runId, isStopping = false }: { runId: string; isStopping?: boolean },
  { runs }: Pick<Session, 'runs'>,
  context: Context,
): Promise<number> {
  const { output } = context;
  const back = `watch it again with: media-batch status --watch ${runId}`;
  if (isStopping || !canAsk(context) || !output.err.isTerminal) {
    output.err.write(`${isStopping ? 'The run is being stopped' : 'The run continues'}; ${back}\n`);
    return exitCodes.interrupted;
  }
  output.err.write(`\nThe run continues; ${back}\nPress Ctrl-C again to stop the run instead.\n`);
  if (!(await context.interruptedAgain(secondWithinMs))) return exitCodes.interrupted;
  const question = `\nStop run ${runId}? Records without an answer will be missing.`;
  if (!(await confirm(question, context, { action: 'Stopping a run' }))) {
    output.err.write('The run continues.\n');
    return exitCodes.interrupted;
  }
  const end = await stopRun(runId, runs);
  output.err.write(`${stopSentence(end)}\n`);
  return end.stop === 'stopped' ? exitCodes.stopped : exitCodes.interrupted;
}
