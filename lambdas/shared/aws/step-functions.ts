import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ListTagsForResourceCommand,
  paginateListExecutions,
  type SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import type { ExecutionState, Executions } from '../domain/ports/executions.ts';

/** Executions of the state machine, through an SDK client. */
export function executions(sfn: SFNClient): Executions {
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

    async startNamed(stateMachineArn: string, name: string, input: object): Promise<void> {
      try {
        await sfn.send(new StartExecutionCommand({ stateMachineArn, name, input: JSON.stringify(input) }));
      } catch (error) {
        if (!(error instanceof ExecutionAlreadyExists)) throw error;
      }
    },

    async listRunning(stateMachineArn: string): Promise<string[]> {
      const found: string[] = [];
      const pages = paginateListExecutions({ client: sfn }, { stateMachineArn, statusFilter: 'RUNNING' });
      for await (const { executions: page = [] } of pages) {
        found.push(...page.flatMap(({ executionArn }) => executionArn ?? []));
      }
      return found;
    },

    async stop(executionArn: string): Promise<void> {
      try {
        await sfn.send(new StopExecutionCommand({ executionArn }));
      } catch (error) {
        if (!(error instanceof Error && error.name === 'ExecutionDoesNotExist')) throw error;
      }
    },

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

/** The first is in https://docs.aws.amazon.com/step-functions/latest/apireference/API_ListTagsForResource.html. */
const goneNames: ReadonlySet<string> = new Set(['ResourceNotFound', 'StateMachineDoesNotExist']);

/**
 * Returns the ARN of the execution with this name:
 * https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
 */
export function executionArnOf(stateMachineArn: string, name: string): string {
  return `${stateMachineArn.replace(':stateMachine:', ':execution:')}:${name}`;
}
