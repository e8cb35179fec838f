import { randomBytes } from 'node:crypto';
import type { Context } from '../../program/context.ts';
import { colorsFor } from '../../program/output.ts';
import type { Session } from '../aws/session.ts';
import type { WatchedRun } from './watch-run.ts';

/** The longest name that a request may have; with time and chance an execution's name stays under Step Functions' 80. */
const maxRequestName = 40;

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

/**
 * A name for an execution, which is the run's ID too: `nightly-20261122T104512Z-3f9a1c`. What Step Functions does not take
 * becomes `-`; a request name that is not valid is for the run to refuse, in its own words.
 *
 * @param chance a few random letters or digits
 */
export function executionNameFor(request: unknown, now: Date, chance: string): string {
  const named = typeof request === 'object' && request !== null && 'name' in request ? request.name : undefined;
  const name = typeof named === 'string' ? named.replaceAll(/[^a-zA-Z0-9.-]+/g, '-').slice(0, maxRequestName) : '';
  const time = now.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return `${/^[a-zA-Z0-9]/.test(name) ? name : 'run'}-${time}-${chance}`;
}
