import { LambdaClient } from '@aws-sdk/client-lambda';
import { maxFunctionSeconds } from '../../../lambdas/shared/domain/limits.ts';
import { type Context, exitCodes } from '../../program/context.ts';
import { type RemovedObjects, removeObjects } from '../aws/remove-objects.ts';
import { type Session, type SessionOptions, withSession } from '../aws/session.ts';
import { cleanLines } from './clean-lines.ts';
import { type CleanUpSummary, invokeCleanUp } from './invoke-clean-up.ts';

/** Options of `clean`. */
export interface CleanOptions extends SessionOptions {
  dryRun?: boolean;
  json?: boolean;
  /** Days. */
  resultsOlderThan?: number;
}

const dayMs = 24 * 60 * 60 * 1000;

/** `media-batch clean`: runs the nightly clean-up now. Returns the exit code. */
export async function clean(options: CleanOptions, context: Context): Promise<number> {
  const exitCode = await withSession(options, context, async (session) => {
    const { bucket } = session.stack;
    const summary = await cleanUpOf(session, options, context);
    const results = await resultsOf(session, options, summary, context);
    const whole = { ...summary, ...(results && { results }) };
    context.output.out.write(options.json ? `${JSON.stringify(whole, null, 2)}\n` : cleanLines(bucket, whole));
    const failures = summary.failures.length + (results?.failures.length ?? 0);
    return failures > 0 ? exitCodes.partlySucceeded : exitCodes.succeeded;
  });
  if (exitCode === exitCodes.interrupted) {
    context.output.err.write('Interrupted: what was removed is gone, and the nightly clean-up removes the rest.\n');
  }
  return exitCode;
}

async function cleanUpOf(
  { connection, stack }: Session,
  { dryRun = false }: CleanOptions,
  { output, interrupted }: Context,
): Promise<CleanUpSummary> {
  // The answer comes when the function ends, which may take its whole timeout.
  const requestHandler = { requestTimeout: (maxFunctionSeconds + 60) * 1000 };
  const lambda = new LambdaClient({ ...connection.client, requestHandler });
  try {
    return await invokeCleanUp(
      lambda,
      stack.cleanUpFunction,
      dryRun,
      ({ checkpoint }) => checkpoint && output.err.write(`time was up at ${checkpoint.stage}: continuing\n`),
      interrupted,
    );
  } finally {
    lambda.destroy();
  }
}

async function resultsOf(
  { s3, stack }: Session,
  { resultsOlderThan, dryRun = false }: CleanOptions,
  { startedAt }: CleanUpSummary,
  { interrupted }: Context,
): Promise<RemovedObjects | undefined> {
  if (resultsOlderThan === undefined) return undefined;
  // With the user's own permissions: no function of the stack may delete a result.
  // By AWS's clock: a wrong clock of this machine would cost results.
  const beforeMs = Date.parse(startedAt) - resultsOlderThan * dayMs;
  return removeObjects(s3, { bucket: stack.bucket, prefix: stack.resultsPrefix, beforeMs, dryRun }, interrupted);
}
