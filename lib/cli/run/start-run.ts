import { randomBytes } from 'node:crypto';
import type { Session } from '../aws/session.ts';
import type { Context } from '../terminal/context.ts';
import { colorsFor } from '../terminal/output.ts';
import type { WatchedRun } from '../watch/watch-run.ts';
import { executionNameFor } from './execution-name.ts';

/** Starts a run and says so. */
export async function startRun(
  request: unknown,
  { runs, stack }: Pick<Session, 'runs' | 'stack'>,
  { output, now }: Pick<Context, 'output' | 'now'>,
): Promise<WatchedRun> {
  const runId = executionNameFor(request, new Date(now()), randomBytes(3).toString('hex'));
  const executionArn = await runs.start(runId, request);
  output.err.write(`${colorsFor(output.err).bold(`run ${runId}`)} started in ${stack.bucket}\n`);
  return { runId, executionArn };
}
