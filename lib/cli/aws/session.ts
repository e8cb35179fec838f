import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { S3Client } from '@aws-sdk/client-s3';
import { SFNClient } from '@aws-sdk/client-sfn';
import { type Connection, type ConnectionOptions, connectionFrom } from '../../program/connection.ts';
import { type Context, exitCodes, isInterruption } from '../../program/context.ts';
import { findStack, type Stack, type StackOptions } from '../../program/find-stack.ts';
import { CommandProblem, sentenceOf } from '../../program/problem.ts';
import { type Runs, runsOf } from './runs.ts';

/** Options of every command that uses a stack. */
export interface SessionOptions extends ConnectionOptions, StackOptions {}

/** A stack and its clients. */
export interface Session {
  connection: Connection;
  stack: Stack;
  runs: Runs;
  s3: S3Client;
}

/** Disposing of it closes its clients. */
function sessionWith(connection: Connection, stack: Stack): Session & Disposable {
  const clients = {
    states: new SFNClient(connection.client),
    dynamodb: new DynamoDBClient(connection.client),
    s3: new S3Client({ ...connection.client, forcePathStyle: connection.isLocal }),
  };
  return {
    ...{ connection, stack, runs: runsOf(stack, clients), s3: clients.s3 },
    [Symbol.dispose]() {
      for (const client of Object.values(clients)) client.destroy();
    },
  };
}

/**
 * Finds the stack that the options choose and does a command's work with it. Returns the exit code.
 *
 * @throws CommandProblem for any error, as one sentence
 */
export async function withSession(
  options: SessionOptions,
  context: Context,
  work: (session: Session) => Promise<number>,
): Promise<number> {
  const connection = connectionFrom(context.environment, options);
  try {
    const states = new SFNClient(connection.client);
    const stack = await findStack(states, connection.label, options).finally(() => states.destroy());
    if (context.interrupted.aborted) return exitCodes.interrupted;
    using session = sessionWith(connection, stack);
    return await work(session);
  } catch (error) {
    if (isInterruption(error, context.interrupted)) return exitCodes.interrupted;
    throw new CommandProblem(sentenceOf(error, connection.label), { cause: error });
  }
}
