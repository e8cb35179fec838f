import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { S3Client } from '@aws-sdk/client-s3';
import {
  DescribeExecutionCommand,
  ExecutionDoesNotExist,
  paginateListExecutions,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { runTable } from '../../../lambdas/shared/aws/dynamodb/run-table.ts';
import { mediaStore } from '../../../lambdas/shared/aws/s3/media-store.ts';
import { executionArnOf } from '../../../lambdas/shared/aws/step-functions.ts';
import { parseWritten, UnknownFormat } from '../../../lambdas/shared/domain/format-version.ts';
import type { Job } from '../../../lambdas/shared/domain/job/job.ts';
import { outcomeKey } from '../../../lambdas/shared/domain/keys.ts';
import { type Outcome, outcomeSchema } from '../../../lambdas/shared/domain/run/outcome.ts';
import type { Run } from '../../../lambdas/shared/domain/run/run.ts';
import { parseJson } from '../../../lambdas/shared/text/json-text.ts';
import type { Stack } from '../../program/find-stack.ts';

/** The current state of an execution. */
export type Look =
  | { state: 'running' }
  | { state: 'succeeded'; outcome: Outcome }
  | { state: 'failed'; error: string; cause: string }
  | { state: 'stopped'; cause: string };

/** An execution as Step Functions lists it. */
export interface ListedExecution {
  executionArn: string;
  name: string;
  status: string;
  startedAt: Date;
  endedAt?: Date;
}

/** The operations of commands on the runs of a stack. */
export type Runs = ReturnType<typeof runsOf>;

/** The runs of a stack, through clients. */
export function runsOf(stack: Stack, clients: { states: SFNClient; dynamodb: DynamoDBClient; s3: S3Client }) {
  const { states } = clients;
  const table = runTable(clients.dynamodb, stack.tableName);
  const store = mediaStore(clients.s3, stack.bucket);
  return {
    /** Starts an execution and returns its ARN. */
    async start(executionName: string, request: unknown): Promise<string> {
      const { executionArn } = await states.send(
        new StartExecutionCommand({
          stateMachineArn: stack.stateMachineArn,
          name: executionName,
          input: JSON.stringify(request),
        }),
      );
      if (executionArn === undefined) throw new TypeError('Step Functions returned no ARN for a started execution.');
      return executionArn;
    },

    /**
     * An execution that does not exist yet counts as running: a run names the execution that resumes it before it
     * starts.
     */
    async look(executionArn: string): Promise<Look> {
      const execution = await describe(executionArn);
      if (execution === undefined) return { state: 'running' };
      const cause = sentenceIn(execution.cause ?? 'No cause was given.');
      switch (execution.status) {
        case 'SUCCEEDED':
          return { state: 'succeeded', outcome: parseOutcome(JSON.parse(execution.output ?? 'null'), executionArn) };
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

    /** The execution of this name; undefined if there is none, or 90 days after its end. */
    async execution(name: string): Promise<ListedExecution | undefined> {
      const found = await describe(executionArnOf(stack.stateMachineArn, name));
      return found && listed(found);
    },

    /**
     * Executions of the stack, the newest first, including those that resume a run; none that ended over 90 days ago.
     */
    async *executions(): AsyncGenerator<ListedExecution> {
      const pages = paginateListExecutions({ client: states }, { stateMachineArn: stack.stateMachineArn });
      for await (const page of pages) yield* (page.executions ?? []).map(listed);
    },

    /**
     * Stops an execution. It gives no cause, which may need a KMS key: the status ABORTED already says that a user did
     * it.
     */
    async stop(executionArn: string): Promise<void> {
      await states.send(new StopExecutionCommand({ executionArn }));
    },

    /** The run's item in the table; undefined until its plan begins. */
    item: (runId: string): Promise<Run | undefined> => table.getRun(runId),

    jobs: (runId: string): Promise<Job[]> => table.listJobs(runId),

    openRunIds: (): Promise<string[]> => table.listOpenRuns(),

    /**
     * The whole outcome of a run; undefined while it is active, if it never began, and once clean-up has removed its
     * files.
     */
    async outcome(runId: string): Promise<Outcome | undefined> {
      const key = outcomeKey(stack, runId);
      const written = await store.readJson(key);
      return written === undefined ? undefined : parseOutcome(written, key);
    },
  };

  function describe(executionArn: string) {
    return states.send(new DescribeExecutionCommand({ executionArn })).catch(unlessMissing);
  }
}

/** The outcome of a run; undefined where there is none, or none that this version can read. */
export async function readableOutcome(runId: string, runs: Pick<Runs, 'outcome'>): Promise<Outcome | undefined> {
  try {
    return await runs.outcome(runId);
  } catch (error) {
    if (error instanceof UnknownFormat || error instanceof SyntaxError) return undefined;
    if (error instanceof Error && error.name.startsWith('AccessDenied')) return undefined;
    throw error;
  }
}

function parseOutcome(written: unknown, where: string): Outcome {
  return parseWritten(outcomeSchema, written, `The outcome ${where}`);
}

function listed(execution: {
  executionArn?: string;
  name?: string;
  status?: string;
  startDate?: Date;
  stopDate?: Date;
}): ListedExecution {
  const { executionArn = '', name = '', status = '', startDate = new Date(0), stopDate } = execution;
  return { executionArn, name, status, startedAt: startDate, endedAt: stopDate };
}

function unlessMissing(error: unknown): undefined {
  if (!(error instanceof ExecutionDoesNotExist)) throw error;
  return undefined;
}

/** Returns the message of a function's error, which a cause contains as JSON. */
function sentenceIn(cause: string): string {
  const parsed = parseJson(cause);
  if (!('value' in parsed) || typeof parsed.value !== 'object' || parsed.value === null) return cause;
  return 'errorMessage' in parsed.value ? String(parsed.value.errorMessage) : cause;
}
