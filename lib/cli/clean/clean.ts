import { LambdaClient } from '@aws-sdk/client-lambda';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { maxFunctionSeconds } from '../../../lambdas/shared/limits.ts';
import { type Connection, connectionFrom } from '../connection.ts';
import { type Context, exitCodes } from '../context.ts';
import { findStack, type Stack, stackTags } from '../find-stack.ts';
import { CommandProblem, sentenceOf } from '../problem.ts';
import { cleanLines } from './clean-lines.ts';
import { type CleanUpSummary, cleanUpWholly } from './clean-ups.ts';
import { type RemovedResults, removeResults } from './remove-results.ts';

/** What `clean` may be told. */
export interface CleanOptions {
  dryRun?: boolean;
  json?: boolean;
  /** Days. */
  resultsOlderThan?: number;
  stateMachine?: string;
}

const dayMs = 24 * 60 * 60 * 1000;

/** `media-batch clean`: the nightly clean-up, now. Gives the exit code. */
export async function clean(options: CleanOptions, context: Context): Promise<number> {
  const connection = connectionFrom(context.environment);
  try {
    const states = new SFNClient(connection.client);
    const stack = await findStack(states, connection.label, options.stateMachine).finally(() => states.destroy());
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
  { cleanUpFunction, stateMachineArn }: Stack,
  { dryRun = false }: CleanOptions,
  { client }: Connection,
  { output, interrupted }: Context,
): Promise<CleanUpSummary> {
  if (cleanUpFunction === undefined) throw new CommandProblem(olderStack(stateMachineArn, stackTags.cleanUp));
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
  { bucket, resultsPrefix, stateMachineArn }: Stack,
  { resultsOlderThan, dryRun = false }: CleanOptions,
  { startedAt }: CleanUpSummary,
  { client, isLocal }: Connection,
  { interrupted }: Context,
): Promise<RemovedResults | undefined> {
  if (resultsOlderThan === undefined) return undefined;
  if (resultsPrefix === undefined) throw new CommandProblem(olderStack(stateMachineArn, stackTags.results));
  const s3 = new S3Client({ ...client, forcePathStyle: isLocal });
  try {
    // By AWS's clock: one of this machine that is wrong would cost results.
    const beforeMs = Date.parse(startedAt) - resultsOlderThan * dayMs;
    return await removeResults(s3, { bucket, prefix: resultsPrefix, beforeMs, dryRun }, interrupted);
  } finally {
    s3.destroy();
  }
}

function olderStack(stateMachineArn: string, tag: string): string {
  return `The state machine ${stateMachineArn} has no tag ${tag}, expected one of a stack of this version: deploy it again.`;
}
