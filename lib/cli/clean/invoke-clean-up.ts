import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import * as z from 'zod';
import {
  type CleanUpCheckpoint,
  type CleanUpOutput,
  cleanUpOutputSchema,
  firstCleanUp,
} from '../../../lambdas/shared/domain/clean-up.ts';
import { CommandProblem } from '../../program/problem.ts';

const failureSchema = z.object({ errorType: z.string().default('Error'), errorMessage: z.string().default('') });

/** A whole clean-up, summed over all invocations. */
export type CleanUpSummary = Pick<CleanUpOutput, 'dryRun' | 'startedAt' | 'removed' | 'kept' | 'failures' | 'unlisted'>;

/**
 * Invokes the clean-up function of a stack until everything is cleaned up.
 *
 * @throws CommandProblem when the function fails
 */
export async function invokeCleanUp(
  lambda: LambdaClient,
  functionName: string,
  dryRun: boolean,
  onOutput: (output: CleanUpOutput) => void,
  interrupted: AbortSignal,
): Promise<CleanUpSummary> {
  let summary: CleanUpSummary | undefined;
  let checkpoint: CleanUpCheckpoint | undefined = firstCleanUp;
  do {
    const output: CleanUpOutput = await invoke(lambda, functionName, { dryRun, checkpoint }, interrupted);
    onOutput(output);
    summary = summary === undefined ? output : sumOf(summary, output);
    checkpoint = output.checkpoint;
  } while (checkpoint !== undefined);
  const { startedAt, removed, kept, failures, unlisted } = summary;
  return { dryRun, startedAt, removed, kept, failures, unlisted };
}

async function invoke(
  lambda: LambdaClient,
  FunctionName: string,
  input: object,
  abortSignal: AbortSignal,
): Promise<CleanUpOutput> {
  const answer = await lambda.send(new InvokeCommand({ FunctionName, Payload: JSON.stringify(input) }), {
    abortSignal,
  });
  const output: unknown = JSON.parse(Buffer.from(answer.Payload ?? []).toString() || 'null');
  if (answer.FunctionError === undefined) return cleanUpOutputSchema.parse(output);
  const { errorType, errorMessage } = failureSchema.parse(output);
  throw new CommandProblem(`The clean-up failed with ${errorType}: ${errorMessage}`);
}

function sumOf(one: CleanUpSummary, { removed, kept, failures, unlisted }: CleanUpOutput): CleanUpSummary {
  const sum = { ...one, removed: { ...one.removed }, unlisted: { ...one.unlisted } };
  for (const kind of z.keyof(cleanUpOutputSchema.shape.removed).options) sum.removed[kind] += removed[kind];
  sum.unlisted.kept += unlisted.kept;
  sum.unlisted.failures += unlisted.failures;
  // An invocation that begins inside a folder may list it again.
  const known = new Set(one.kept.map(({ key }) => key));
  sum.kept = [...one.kept, ...kept.filter(({ key }) => !known.has(key))];
  sum.failures = [...one.failures, ...failures];
  return sum;
}
