import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  type ExecutionStatus,
  type SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';

/**
 * Whether an execution still runs, or how and since when it does not (milliseconds since 1970); undefined where nobody knows it.
 */
export type ExecutionState =
  | { running: true }
  | { running: false; endedAt: number; status?: ExecutionStatus }
  | undefined;

/** The verbs that the steps use on executions. */
export type Executions = ReturnType<typeof executions>;

/** Executions of the state machine, through a client. */
export function executions(sfn: SFNClient) {
  return {
    async describe(executionArn: string): Promise<ExecutionState> {
      try {
        const { status, stopDate } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
        if (status === 'RUNNING' || status === 'PENDING_REDRIVE') return { running: true };
        return { running: false, endedAt: stopDate?.getTime() ?? Number.POSITIVE_INFINITY, status };
      } catch (error) {
        if (error instanceof Error && error.name === 'ExecutionDoesNotExist') return undefined;
        throw error;
      }
    },

    /** Starts an execution of this name; one that was started before, running or ended, is no error. */
    async startNamed(stateMachineArn: string, name: string, input: object): Promise<void> {
      try {
        await sfn.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
      } catch (error) {
        if (!(error instanceof ExecutionAlreadyExists)) throw error;
      }
    },
  };
}

/** The ARN that an execution of this name has: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html */
export function executionArnOf(stateMachineArn: string, name: string): string {
  return `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
}
