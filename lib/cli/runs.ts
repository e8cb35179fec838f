import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  DescribeExecutionCommand,
  ExecutionDoesNotExist,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { Job } from '../../lambdas/shared/jobs.ts';
import { parseJson } from '../../lambdas/shared/json-text.ts';
import { runTable } from '../../lambdas/shared/run-table.ts';
import type { Run } from '../../lambdas/shared/runs.ts';
import { type Outcome, outcomeSchema } from '../../lambdas/shared/state.ts';
import type { Stack } from './find-stack.ts';

/** What an execution is at the moment. */
export type Look =
  | { state: 'running' }
  | { state: 'succeeded'; outcome: Outcome }
  | { state: 'failed'; error: string; cause: string }
  | { state: 'stopped'; cause: string };

/** The verbs that commands use on the runs of a stack. */
export type Runs = ReturnType<typeof runsOf>;

/** The runs of a stack, through clients. */
export function runsOf(stack: Stack, clients: { states: SFNClient; dynamodb: DynamoDBClient }) {
  const table = runTable(clients.dynamodb, stack.tableName);
  return {
    /** Starts an execution and gives its ARN. */
    async start(executionName: string, request: unknown): Promise<string> {
      const { executionArn } = await clients.states.send(
        new StartExecutionCommand({
          stateMachineArn: stack.stateMachineArn,
          name: executionName,
          input: JSON.stringify(request),
        }),
      );
      if (executionArn === undefined) throw new TypeError('Step Functions started an execution without an ARN.');
      return executionArn;
    },

    /** One that is not there yet counts as running: a run names the execution that resumes it before that is started. */
    async look(executionArn: string): Promise<Look> {
      const execution = await clients.states.send(new DescribeExecutionCommand({ executionArn })).catch(unlessMissing);
      if (execution === undefined) return { state: 'running' };
      const cause = sentenceIn(execution.cause ?? 'No cause was given.');
      switch (execution.status) {
        case 'SUCCEEDED':
          return { state: 'succeeded', outcome: outcomeSchema.parse(JSON.parse(execution.output ?? 'null')) };
        case 'FAILED':
          return { state: 'failed', error: execution.error ?? 'Failed', cause };
        case 'TIMED_OUT':
          return { state: 'failed', error: execution.error ?? 'TimedOut', cause };
        case 'ABORTED':
          return { state: 'stopped', cause: sentenceIn(execution.cause ?? '') };
        default:
          return { state: 'running' };
      }
    },

    /** The run as the table has it; undefined until its plan begins. */
    item: (runId: string): Promise<Run | undefined> => table.getRun(runId),

    jobs: (runId: string): Promise<Job[]> => table.listJobs(runId),
  };
}

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof ExecutionDoesNotExist)) throw error;
  return undefined;
}

/** A function's own error reaches a cause as JSON around the message; people get the message. */
function sentenceIn(cause: string): string {
  const parsed = parseJson(cause);
  if (!('value' in parsed) || typeof parsed.value !== 'object' || parsed.value === null) return cause;
  return 'errorMessage' in parsed.value ? String(parsed.value.errorMessage) : cause;
}
