import { randomBytes } from 'node:crypto';
import type { Context } from '../../program/context.ts';
import { colorsFor } from '../../program/output.ts';
import type { Session } from '../aws/session.ts';
import type { WatchedRun } from './watch-run.ts';

/** The longest name of a request; with time and suffix the execution's name stays under Step Functions' 80. */
const maxRequestName = 40;

/** Starts a run and prints its ID. */
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
 * Names an execution, and so the run: `nightly-20261122T104512Z-3f9a1c`. Characters that Step Functions refuses become
 * `-`; the run itself refuses an invalid name.
 *
 * @param suffix a few random letters or digits
 */
export function executionNameFor(request: unknown, now: Date, suffix: string): string {
  const named = typeof request === 'object' && request !== null && 'name' in request ? request.name : undefined;
  const name = typeof named === 'string' ? named.replaceAll(/[^a-zA-Z0-9.-]+/g, '-').slice(0, maxRequestName) : '';
  const time = now.toISOString().replaceAll(/[-:]|\.\d+/g, '');
  return `${/^[a-zA-Z0-9]/.test(name) ? name : 'run'}-${time}-${suffix}`;
}
