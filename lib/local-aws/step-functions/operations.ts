import { z } from 'zod';
import { ServiceError } from '../endpoint.ts';
import { parseJson } from '../json.ts';
import { firstIssue } from './definition.ts';
import type { ExecutionRecord } from './execution-files.ts';
import type { Executions } from './executions.ts';
import type { Machine } from './run.ts';
import { maxPayloadBytes } from './task-error.ts';

/** A state machine as the API describes it; its date is in ms. */
export interface StateMachine extends Machine {
  definition: string;
  creationDate: number;
  tags: Record<string, string>;
}

/** The fields of all requests; https://docs.aws.amazon.com/step-functions/latest/apireference/API_Operations.html */
const requestSchema = z.object({
  stateMachineArn: z.string().optional(),
  executionArn: z.string().default(''),
  mapRunArn: z.string().optional(),
  resourceArn: z.string().default(''),
  name: z.string().min(1).max(80).optional(),
  input: z
    .string()
    .refine((input) => Buffer.byteLength(input) <= maxPayloadBytes, `longer than ${maxPayloadBytes} bytes`)
    .default('{}'),
  error: z.string().max(256).optional(),
  cause: z.string().max(32_768).optional(),
  statusFilter: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED']).optional(),
  reverseOrder: z.boolean().default(false),
  includeExecutionData: z.boolean().default(true),
  maxResults: z.int().min(0).max(1000).default(0),
  nextToken: z.string().optional(),
});
type Request = z.infer<typeof requestSchema>;
const refusedInNames = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]/u;
const included = { included: true };

/** The operations of the API by their names. */
export function createOperations(machines: Map<string, StateMachine>, executions: Executions) {
  function machineOf(stateMachineArn = ''): StateMachine {
    const machine = machines.get(stateMachineArn);
    if (machine) return machine;
    throw new ServiceError('StateMachineDoesNotExist', 400, `State Machine Does Not Exist: '${stateMachineArn}'`);
  }
  function executionOf(executionArn: string): ExecutionRecord {
    const record = executions.find(executionArn);
    if (record) return record;
    throw new ServiceError('ExecutionDoesNotExist', 400, `Execution Does Not Exist: '${executionArn}'`);
  }

  const operations: Record<string, (request: Request) => object> = {
    StartExecution({ stateMachineArn, name, input }) {
      if (name && refusedInNames.test(name)) throw new ServiceError('InvalidName', 400, `Invalid Name: '${name}'`);
      const refusal = 'Invalid State Machine Execution Input: it is not JSON';
      if (parseJson(input) === undefined) throw new ServiceError('InvalidExecutionInput', 400, refusal);
      const { executionArn, startDate } = executions.start({ machine: machineOf(stateMachineArn), name, input });
      return { executionArn, startDate: startDate / 1000 };
    },
    DescribeExecution({ executionArn }) {
      const record = executionOf(executionArn);
      return { ...inSeconds(record), inputDetails: included, outputDetails: record.output && included };
    },
    ListExecutions({ stateMachineArn, mapRunArn, statusFilter, ...request }) {
      if (mapRunArn === undefined) machineOf(stateMachineArn);
      const found = executions.list().filter((record) => {
        const isWanted = mapRunArn ? record.mapRunArn === mapRunArn : record.stateMachineArn === stateMachineArn;
        return isWanted && (statusFilter ?? record.status) === record.status;
      });
      const { items, nextToken } = page(found, (record) => record.executionArn, request);
      return { executions: items.map(({ input, output, error, cause, ...item }) => inSeconds(item)), nextToken };
    },
    GetExecutionHistory({ executionArn, reverseOrder, includeExecutionData, ...request }) {
      executionOf(executionArn);
      const events = executions.history(executionArn);
      const { items, nextToken } = page(reverseOrder ? events.toReversed() : events, ({ id }) => `${id}`, request);
      const shown = items.map((event) => ({ ...event, timestamp: event.timestamp / 1000 }));
      return { events: includeExecutionData ? shown : withoutData(shown), nextToken };
    },
    StopExecution({ executionArn, error, cause }) {
      const record = executionOf(executionArn);
      executions.stop(executionArn, { error, cause });
      return { stopDate: inSeconds(record).stopDate };
    },
    DescribeStateMachine({ stateMachineArn }) {
      const machine = machineOf(stateMachineArn);
      return { ...summary(machine), definition: machine.definition, roleArn: machine.roleArn, status: 'ACTIVE' };
    },
    ListStateMachines(request) {
      const { items, nextToken } = page([...machines.values()], ({ arn }) => arn, request);
      return { stateMachines: items.map(summary), nextToken };
    },
    ListTagsForResource({ resourceArn }) {
      return { tags: Object.entries(machineOf(resourceArn).tags).map(([key, value]) => ({ key, value })) };
    },
  };

  return function answer(operationName: string, body: unknown): object {
    const operation = operations[operationName];
    if (!operation) throw new ServiceError('UnknownOperationException', 400, `There is no "${operationName}" here.`);
    const request = requestSchema.safeParse(body);
    if (request.success) return operation(request.data);
    throw new ServiceError('ValidationException', 400, `Invalid request: ${firstIssue(request.error)}`);
  };
}

function inSeconds<Dated extends { startDate: number; stopDate?: number | undefined }>(dated: Dated): Dated {
  const { startDate, stopDate } = dated;
  return { ...dated, startDate: startDate / 1000, stopDate: stopDate && stopDate / 1000 };
}

function summary({ arn, name, creationDate }: StateMachine): object {
  return { stateMachineArn: arn, name, type: 'STANDARD', creationDate: creationDate / 1000 };
}

/** The token is the key of the last item, so that what is added meanwhile moves nothing. */
function page<Item>(all: Item[], keyOf: (item: Item) => string, { maxResults, nextToken }: Partial<Request>) {
  const start = nextToken === undefined ? 0 : all.findIndex((item) => keyOf(item) === nextToken) + 1;
  if (nextToken && start === 0) throw new ServiceError('InvalidToken', 400, `Invalid Token: '${nextToken}'`);
  const items = all.slice(start, start + (maxResults || 100));
  const last = items.at(-1);
  return { items, nextToken: last && start + items.length < all.length ? keyOf(last) : undefined };
}

function withoutData(events: object[]): object {
  const isData = (field: string) => ['input', 'output', 'parameters', 'assignedVariables'].includes(field);
  return JSON.parse(JSON.stringify(events, (field, value) => (isData(field) ? undefined : value)));
}
