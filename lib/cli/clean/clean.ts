import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { maxFunctionSeconds } from '../../../lambdas/shared/domain/limits.ts';
import { type Connection, connectionFrom } from '../../program/connection.ts';
import { type Context, exitCodes } from '../../program/context.ts';
import { findStack, olderStack, type Stack, stackTags } from '../../program/find-stack.ts';
import { CommandProblem, sentenceOf } from '../../program/problem.ts';
import type { SessionOptions } from '../aws/session.ts';
import { cleanLines } from './clean-lines.ts';
import { type CleanUpSummary, cleanUpWholly } from './clean-ups.ts';
import { type RemovedResults, removeResults } from './remove-results.ts';

/** What `clean` may be told. */
export interface CleanOptions extends SessionOptions {
  dryRun?: boolean;
  json?: boolean;
  /** Days. */
  resultsOlderThan?: number;
}

const dayMs = 24 * 60 * 60 * 1000;

/** `media-batch clean`: the nightly clean-up, now. Gives the exit code. */
export async function clean(options: CleanOptions, context: Context): Promise<number> {
  const connection = connectionFrom(context.environment, options);
  try {
    const states = new SFNClient(connection.client);
    const stack = await findStack(states, connection.label, options).finally(() => states.destroy());
    context.interrupted.throwIfAborted();
    const summary = await cleanUpOf(stack, options, connection, context);
    const results = await resultsOf(stack, options, summary, connection, context);
    const whole = { ...summary, ...(results && { results }) };
    context.output.out.write(options.json ? `${JSON.stringify(whole, null, 2)}\n` : cleanLines(stack.bucket, whole));
    const failures = summary.failures.length + (results?.failures.length ?? 0);
    return failures > 0 ? exitCodes.partlySucceeded : exitCodes.succeeded;
  } catch (error) {
    if (!context.interrupted.aborted) throw new CommandProblem(sentenceOf(error, connection.label), { cause: error });
    context.output.err.write(
      'Interrupted: what was removed is gone, and the nightly clean-up goes on with the rest.\n',
    );
    return exitCodes.interrupted;
  }
}

async function cleanUpOf(
  stack: Stack,
  { dryRun = false }: CleanOptions,
  { client }: Connection,
  { output, interrupted }: Context,
): Promise<CleanUpSummary> {
  const { cleanUpFunction } = stack;
  if (cleanUpFunction === undefined) throw olderStack(stack, stackTags.cleanUp);
  // It is answered when the function has ended, which may take as long as a function may.
  const requestHandler = { requestTimeout: (maxFunctionSeconds + 60) * 1000 };
  const lambda = new LambdaClient({ ...client, requestHandler });
  try {
    return await cleanUpWholly(
      lambda,
      cleanUpFunction,
      dryRun,
      ({ next }) => next && output.err.write(`time was up at ${next.stage}: going on\n`),
      interrupted,
    );
  } finally {
    lambda.destroy();
  }
}

async function resultsOf(
  stack: Stack,
  { resultsOlderThan, dryRun = false }: CleanOptions,
  { startedAt }: CleanUpSummary,
  { client, isLocal }: Connection,
  { interrupted }: Context,
): Promise<RemovedResults | undefined> {
  if (resultsOlderThan === undefined) return undefined;
  const { bucket, resultsPrefix } = stack;
  if (resultsPrefix === undefined) throw olderStack(stack, stackTags.results);
  const s3 = new S3Client({ ...client, forcePathStyle: isLocal });
  try {
    // By AWS's clock: one of this machine that is wrong would cost results.
    const beforeMs = Date.parse(startedAt) - resultsOlderThan * dayMs;
    return await removeResults(s3, { bucket, prefix: resultsPrefix, beforeMs, dryRun }, interrupted);
  } finally {
    s3.destroy();
  }
}
