import { randomBytes } from 'node:crypto';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SFNClient } from '@aws-sdk/client-sfn';
import type { RunStatus } from '../../lambdas/shared/state.ts';
import type { Connection } from './connection.ts';
import { type Context, exitCodes } from './context.ts';
import { executionNameFor } from './execution-name.ts';
import type { Stack } from './find-stack.ts';
import { followRun, type RunEnd } from './follow-run.ts';
import { jobsTable, outcomeTable } from './outcome-table.ts';
import { colorsFor } from './output.ts';
import { progressLines } from './progress.ts';
import { runsOf } from './runs.ts';

/** Looking costs money and patience on AWS; the local clock may do a day's work in a second. */
const lookEveryMs = { aws: 1000, local: 100 } as const;

const exitCodeOf: Record<RunStatus, number> = {
  Succeeded: exitCodes.succeeded,
  NothingToDo: exitCodes.succeeded,
  PartlySucceeded: exitCodes.partlySucceeded,
  Refused: exitCodes.failed,
  Failed: exitCodes.failed,
};

/** Where a run is to go. */
export interface RunTarget {
  connection: Connection;
  stack: Stack;
  /** Where the objects under an S3 URI lie on this machine, where they do. */
  folderOf?: (uri: string) => string | undefined;
}

/**
 * Starts a run, shows how it goes and how it ended, and gives the command's exit code. Interrupted, it gives
 * `exitCodes.interrupted` and leaves the run as it is: what becomes of it is for the caller to say.
 */
export async function runRequest(request: unknown, target: RunTarget, context: Context): Promise<RunEnded> {
  const { connection, stack, folderOf } = target;
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
    return { exitCode: showEnd(end, context, folderOf), executionArn };
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

function showEnd(end: RunEnd, { output }: Context, folderOf?: RunTarget['folderOf']): number {
  switch (end.state) {
    case 'succeeded':
      output.out.write(`\n${outcomeTable(end.outcome, output.out, folderOf?.(end.outcome.resultsUri))}`);
      return exitCodeOf[end.outcome.status];
    case 'failed':
      output.out.write(jobsTable(end.jobs, output.out));
      output.err.write(`${colorsFor(output.err).red(end.error)}: ${end.cause}\n`);
      return exitCodes.failed;
    case 'stopped':
      output.out.write(jobsTable(end.jobs, output.out));
      output.err.write(`The run was stopped by a person${end.cause === '' ? '.' : `: ${end.cause}`}\n`);
      return exitCodes.stopped;
    case 'detached':
      return exitCodes.interrupted;
  }
}
