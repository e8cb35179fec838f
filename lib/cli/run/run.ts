import { parseRequest } from '../../../lambdas/shared/domain/request/request.ts';
import { type Context, exitCodes } from '../../program/context.ts';
import { CommandProblem } from '../../program/problem.ts';
import { findRun } from '../aws/find-run.ts';
import { type Session, type SessionOptions, withSession } from '../aws/session.ts';
import { leave } from './leave.ts';
import { readRequestFile } from './request-file.ts';
import { type RequestFlags, requestWith } from './request-flags.ts';
import { startRun } from './start-run.ts';
import { watchRun } from './watch-run.ts';

/** Options of `run`. */
export interface RunOptions extends SessionOptions, RequestFlags {
  out?: string;
  detach?: boolean;
  json?: boolean;
}

/** `media-batch run`: starts a run and watches it to its end. Returns the exit code. */
export async function run(file: string | undefined, options: RunOptions, context: Context): Promise<number> {
  if (options.detach && options.out !== undefined) {
    throw new CommandProblem(
      '--detach and --out exclude each other, because a run that has just started has no results: ' +
        'use "media-batch results" later.',
    );
  }
  const fromFile = file === undefined ? undefined : await readRequestFile(file, context);
  refuseUnless(requestWith(fromFile, options));
  return withSession(options, context, async (session) => {
    const retry = options.retry && (await findRun(options.retry, session.runs));
    return runRequest(requestWith(fromFile, { ...options, retry }), session, options, context);
  });
}

async function runRequest(
  request: unknown,
  session: Session,
  { out: resultsFolder, detach, json }: RunOptions,
  context: Context,
): Promise<number> {
  const { output, interrupted } = context;
  interrupted.throwIfAborted();
  const started = await startRun(request, session, context);
  const { runId } = started;
  if (detach) {
    output.out.write(json ? `${JSON.stringify(started)}\n` : `${runId}\n`);
    return exitCodes.succeeded;
  }
  const { exitCode, isDetached } = await watchRun(started, session, { resultsFolder, json }, context);
  return isDetached ? leave({ runId }, session, context) : exitCode;
}

/** Checks the request before the run does. @throws CommandProblem for an invalid request */
function refuseUnless(request: unknown): void {
  const parsed = parseRequest(request);
  if ('problem' in parsed) throw new CommandProblem(parsed.problem);
}
