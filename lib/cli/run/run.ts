import { SFNClient } from '@aws-sdk/client-sfn';
import { connectionFrom } from '../connection.ts';
import { type Context, exitCodes } from '../context.ts';
import { findStack } from '../find-stack.ts';
import { CommandProblem, sentenceOf } from '../problem.ts';
import { readRequestFile } from './request-file.ts';
import { runRequest } from './run-request.ts';

/** `media-batch run`: one request, from its start to its table. Gives the exit code. */
export async function run(
  file: string,
  options: { stateMachine?: string; out?: string },
  context: Context,
): Promise<number> {
  const request = await readRequestFile(file, context);
  const connection = connectionFrom(context.environment);
  try {
    const states = new SFNClient(connection.client);
    const stack = await findStack(states, connection.label, options.stateMachine).finally(() => states.destroy());
    if (context.interrupted.aborted) return exitCodes.interrupted;
    const { exitCode, executionArn } = await runRequest(
      request,
      { connection, stack, resultsFolder: options.out },
      context,
    );
    if (exitCode === exitCodes.interrupted) {
      context.output.err.write(
        `The run goes on without this command; to look at it: aws stepfunctions describe-execution --execution-arn ${executionArn}\n`,
      );
    }
    return exitCode;
  } catch (error) {
    throw new CommandProblem(sentenceOf(error, connection.label), { cause: error });
  }
}
