import { randomBytes } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { plainText } from '../../../lambdas/shared/plain-text.ts';
import type { Outcome, RunStatus } from '../../../lambdas/shared/state.ts';
import type { Connection } from '../connection.ts';
import { type Context, exitCodes } from '../context.ts';
import type { Stack } from '../find-stack.ts';
import { jobsTable, outcomeTable } from '../outcome/outcome-table.ts';
import { colorsFor } from '../output.ts';
import { downloadResults } from '../results/download-results.ts';
import { runsOf } from '../runs.ts';
import { followRun, type RunEnd } from '../watch/follow-run.ts';
import { progressLines } from '../watch/progress.ts';
import { executionNameFor } from './execution-name.ts';

/** Looking costs money and patience on AWS; the local clock may do a day's work in a second. */
const lookEveryMs = { aws: 1000, local: 100 } as const;

const exitCodeOf: Record<RunStatus, number> = {
  Succeeded: exitCodes.succeeded,
  NothingToDo: exitCodes.succeeded,
  Planned: exitCodes.succeeded,
  PartlySucceeded: exitCodes.partlySucceeded,
  Stopped: exitCodes.stopped,
  Refused: exitCodes.failed,
  Failed: exitCodes.failed,
};

/** Where a run is to go. */
export interface RunTarget {
  connection: Connection;
  stack: Stack;
  /** A folder on this machine that the results are downloaded into. */
  resultsFolder?: string;
}

/**
 * Starts a run, shows how it goes and how it ended, and gives the command's exit code. Interrupted, it gives
 * `exitCodes.interrupted` and leaves the run as it is: what becomes of it is for the caller to say.
 */
export async function runRequest(request: unknown, target: RunTarget, context: Context): Promise<RunEnded> {
  const { connection, stack, resultsFolder } = target;
  const { output } = context;
  const clients = { states: new SFNClient(connection.client), dynamodb: new DynamoDBClient(connection.client) };
  try {
    const runs = runsOf(stack, clients);
    const runId = executionNameFor(request, new Date(), randomBytes(3).toString('hex'));
    const executionArn = await runs.start(runId, request);
    output.err.write(`${colorsFor(output.err).bold(`run ${runId}`)} started in ${stack.bucket}\n`);
    const end = await followRun(
      { runId, executionArn, label: connection.label },
      runs,
      progressLines(output.err),
      connection.isLocal ? lookEveryMs.local : lookEveryMs.aws,
      context,
    );
    const exitCode = showEnd(end, context, resultsFolder);
    if (end.state === 'succeeded' && resultsFolder) await download(end.outcome, connection, resultsFolder, context);
    return { exitCode, executionArn };
  } finally {
    clients.states.destroy();
    clients.dynamodb.destroy();
  }
}

/** The command's exit code, and the execution that it speaks of. */
export interface RunEnded {
  exitCode: number;
  executionArn: string;
}

async function download(outcome: Outcome, { client, isLocal }: Connection, folder: string, context: Context) {
  const s3 = new S3Client({ ...client, forcePathStyle: isLocal });
  try {
    await downloadResults(s3, outcome, folder, context.interrupted);
  } catch (error) {
    if (!context.interrupted.aborted) throw error;
    context.output.err.write(`Interrupted: not all results are in ${folder}.\n`);
  } finally {
    s3.destroy();
  }
}

function showEnd(end: RunEnd, { output }: Context, resultsFolder?: string): number {
  switch (end.state) {
    case 'succeeded':
      output.out.write(`\n${outcomeTable(end.outcome, output.out, resultsFolder)}`);
      return exitCodeOf[end.outcome.status];
    case 'failed':
      output.out.write(jobsTable(end.jobs, output.out));
      output.err.write(`${colorsFor(output.err).red(plainText(end.error))}: ${plainText(end.cause)}\n`);
      return exitCodes.failed;
    case 'stopped':
      output.out.write(jobsTable(end.jobs, output.out));
      output.err.write(`The run was stopped by a person${end.cause === '' ? '.' : `: ${plainText(end.cause)}`}\n`);
      return exitCodes.stopped;
    case 'detached':
      return exitCodes.interrupted;
  }
}
