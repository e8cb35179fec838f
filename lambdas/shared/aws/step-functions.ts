import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  type ExecutionStatus,
  ListTagsForResourceCommand,
  paginateListExecutions,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
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

    /** ARNs of the executions of a machine that run, without the children of maps. */
    async listRunning(stateMachineArn: string): Promise<string[]> {
      const found: string[] = [];
      const pages = paginateListExecutions({ client: sfn }, { stateMachineArn, statusFilter: 'RUNNING' });
      for await (const { executions: page = [] } of pages) {
        found.push(...page.flatMap(({ executionArn }) => executionArn ?? []));
      }
      return found;
    },

    /** Stops an execution; one that is forgotten is no error. Without a cause, which may need a KMS key of its own. */
    async stop(executionArn: string): Promise<void> {
      try {
        await sfn.send(new StopExecutionCommand({ executionArn }));
      } catch (error) {
        if (!(error instanceof Error && error.name === 'ExecutionDoesNotExist')) throw error;
      }
    },

    /** The tags of a machine; undefined where it does not exist. */
    async tagsOf(stateMachineArn: string): Promise<Record<string, string> | undefined> {
      try {
        const { tags = [] } = await sfn.send(new ListTagsForResourceCommand({ resourceArn: stateMachineArn }));
        return Object.fromEntries(tags.map(({ key = '', value = '' }) => [key, value]));
      } catch (error) {
        if (error instanceof Error && goneNames.has(error.name)) return undefined;
        throw error;
      }
    },
  };
}

/** https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListTagsForResource.html names the first of them. */
const goneNames: ReadonlySet<string> = new Set(['ResourceNotFound', 'StateMachineDoesNotExist']);

/** The ARN that an execution of this name has: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html */
export function executionArnOf(stateMachineArn: string, name: string): string {
  return `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
}
