import { z } from 'zod';
import { parseJson } from '../json.ts';
import { reasonOf } from '../reason.ts';
import { type AwsRequest, notSimulated, ServiceError } from '../service.ts';

import type { ExecutionRecord } from './execution-files.ts';
import type { Executions } from './executions.ts';
import type { Machine } from './run.ts';
import { maxPayloadBytes } from './task-error.ts';

/** A state machine as the API describes it; its date is in ms. */
export interface StateMachine extends Machine {
  name: string;
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
  clientToken: z.string().min(1).max(64).optional(),
  input: z
    .string()
    .refine((input) => Buffer.byteLength(input) <= maxPayloadBytes, `longer than ${maxPayloadBytes} bytes`)
    .default('{}'),
  error: z.string().max(256).optional(),
  cause: z.string().max(32_768).optional(),
  statusFilter: z.enum(['RUNNING', 'SUCCEEDED', 'FAILED', 'TIMED_OUT', 'ABORTED', 'PENDING_REDRIVE']).optional(),
  reverseOrder: z.boolean().default(false),
  includeExecutionData: z.literal(true).optional(),
  maxResults: z.int().min(0).max(1000).default(0),
  nextToken: z.string().optional(),
});
type Request = z.infer<typeof requestSchema>;
const refusedInNames = /[\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]/u;
const included = { included: true };

type Operation = (request: Request, permitted: (resource?: string) => string) => object;

/**
 * The operations of the API by name, each with the permission for its action on the resource that it names. Times are
 * in ms. https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsstepfunctions.html
 */
export function createOperations(machines: Map<string, StateMachine>, executions: Executions) {
  function machineOf(stateMachineArn: string): StateMachine {
    const machine = machines.get(stateMachineArn);
    if (machine) return machine;
    throw new ServiceError('StateMachineDoesNotExist', 400, `State Machine Does Not Exist: '${stateMachineArn}'`);
  }
  function executionOf(executionArn: string): ExecutionRecord {
    const record = executions.find(executionArn);
    if (record) return record;
    throw new ServiceError('ExecutionDoesNotExist', 400, `Execution Does Not Exist: '${executionArn}'`);
  }

  const operations: Record<string, Operation> = {
    StartExecution({ stateMachineArn, name, input }, permitted) {
      const arn = permitted(stateMachineArn);
      if (name && refusedInNames.test(name)) throw new ServiceError('InvalidName', 400, `Invalid Name: '${name}'`);
      const refusal = 'Invalid State Machine Execution Input: it is not JSON';
      if (parseJson(input) === undefined) throw new ServiceError('InvalidExecutionInput', 400, refusal);
      const { executionArn, startDate } = executions.start({ machine: machineOf(arn), name, input });
      return { executionArn, startDate };
    },
    DescribeExecution({ executionArn }, permitted) {
      const record = executionOf(permitted(executionArn));
      const redriveState = executions.redriveState(executionArn);
      return { ...record, ...redriveState, inputDetails: included, outputDetails: record.output && included };
    },
    ListExecutions({ stateMachineArn, mapRunArn, statusFilter, ...request }, permitted) {
      const parent = permitted(mapRunArn ?? stateMachineArn);
      const refusal = 'Only the executions of a Map Run can be PENDING_REDRIVE';
      if (statusFilter === 'PENDING_REDRIVE' && !mapRunArn) throw new ServiceError('ValidationException', 400, refusal);
      if (mapRunArn === undefined) machineOf(parent);
      const found = executions.list().filter((record) => {
        const isWanted = (mapRunArn ? record.mapRunArn : record.stateMachineArn) === parent;
        return isWanted && (statusFilter ?? record.status) === record.status;
      });
      const { items, nextToken } = page(found, (record) => record.executionArn, request);
      return { executions: items.map(({ input, output, error, cause, ...item }) => item), nextToken };
    },
    GetExecutionHistory({ executionArn, reverseOrder, ...request }, permitted) {
      executionOf(permitted(executionArn));
      const events = executions.history(executionArn);
      const { items, nextToken } = page(reverseOrder ? events.toReversed() : events, ({ id }) => `${id}`, request);
      return { events: items, nextToken };
    },
    RedriveExecution({ executionArn, clientToken }, permitted) {
      return { redriveDate: executions.redrive(permitted(executionArn), clientToken) };
    },
    StopExecution({ executionArn, error, cause }, permitted) {
      const record = executionOf(permitted(executionArn));
      executions.stop(executionArn, { error, cause });
      return { stopDate: record.stopDate };
    },
    ListStateMachines(request, permitted) {
      permitted('*');
      const { items, nextToken } = page([...machines.values()], ({ arn }) => arn, request);
      return { stateMachines: items.map(summary), nextToken };
    },
    ListTagsForResource({ resourceArn }, permitted) {
      const { tags } = machineOf(permitted(resourceArn));
      return { tags: Object.entries(tags).map(([key, value]) => ({ key, value })) };
    },
  };

  return function answer(operationName: string, body: unknown, authorize: AwsRequest['authorize']): object {
    const operation = operations[operationName];
    if (!operation) return notSimulated(`${operationName} of Step Functions`);
    const request = requestSchema.safeParse(body);
    if (!request.success)
      throw new ServiceError('ValidationException', 400, `Invalid request: ${reasonOf(request.error)}`);
    return operation(request.data, (resource = '') => {
      const isArn = /^arn:[^:]+:states:[^:]*:\d{12}:\w+:.+$/.test(resource);
      if (resource !== '*' && !isArn) throw new ServiceError('InvalidArn', 400, `Invalid Arn: '${resource}'`);
      authorize(`states:${operationName}`, resource);
      return resource;
    });
  };
}

const summary = ({ arn, name, creationDate }: StateMachine) => ({
  ...{ stateMachineArn: arn, name, type: 'STANDARD', creationDate },
});

/** The token is the key of the last item, so that what is added meanwhile moves nothing. */
function page<Item>(all: Item[], keyOf: (item: Item) => string, { maxResults, nextToken }: Partial<Request>) {
  const start = nextToken === undefined ? 0 : all.findIndex((item) => keyOf(item) === nextToken) + 1;
  if (nextToken && start === 0) throw new ServiceError('InvalidToken', 400, `Invalid Token: '${nextToken}'`);
  const items = all.slice(start, start + (maxResults || 100));
  const last = items.at(-1);
  return { items, nextToken: last && start + items.length < all.length ? keyOf(last) : undefined };
}
