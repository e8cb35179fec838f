import { DescribeExecutionCommand, type SFNClient } from '@aws-sdk/client-sfn';

/** Whether an execution still runs, or since when it does not (milliseconds since 1970); undefined where nobody knows it. */
export type ExecutionState = { running: true } | { running: false; endedAt: number } | undefined;

/** The verbs that the steps use on executions. */
export type Executions = ReturnType<typeof executions>;

/** Executions of the state machine, through a client. */
export function executions(sfn: SFNClient) {
  return {
    async describe(executionArn: string): Promise<ExecutionState> {
      try {
        const execution = await sfn.send(new DescribeExecutionCommand({ executionArn }));
        if (execution.status === 'RUNNING' || execution.status === 'PENDING_REDRIVE') return { running: true };
        return { running: false, endedAt: execution.stopDate?.getTime() ?? Number.POSITIVE_INFINITY };
      } catch (error) {
        if (error instanceof Error && error.name === 'ExecutionDoesNotExist') return undefined;
        throw error;
      }
    },
  };
}
