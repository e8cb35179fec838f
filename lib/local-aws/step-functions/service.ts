import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import { type AwsRequest, type Service, ServiceError } from '../endpoint.ts';
import { parseDefinition } from './definition.ts';
import { createExecutions } from './executions.ts';
import { createOperations, type StateMachine } from './operations.ts';
import type { Surroundings } from './run.ts';
import { type StatusChange, statusChangeOf } from './status-change.ts';

export interface StepFunctionsOptions extends Omit<Surroundings, 'newId'>, Partial<Pick<Surroundings, 'newId'>> {
  accountId: string;
  region: string;
  /** Executions are kept below it, in `step-functions/`. */
  dataFolder: string;
  /** Called with the detail of each "Step Functions Execution Status Change". */
  onStatusChange?(detail: StatusChange): void;
}

export type StepFunctions = ReturnType<typeof stepFunctionsService>;

/** Fields of answers that the protocol has in seconds. */
const timeFields = new Set(['creationDate', 'startDate', 'stopDate', 'timestamp']);

/** Step Functions over its JSON protocol. */
export function stepFunctionsService(options: StepFunctionsOptions) {
  const { clock, access, accountId, region, dataFolder } = options;
  const machines = new Map<string, StateMachine>();
  const executions = createExecutions({
    ...{ newId: randomUUID, ...options, folder: join(dataFolder, 'step-functions') },
    onStatusChange: (record) => options.onStatusChange?.(statusChangeOf(record)),
  });
  const answer = createOperations(machines, executions);

  const service: Service = async ({ http, authorize }, response) => {
    const reply = (status: number, content: object) => {
      const body = JSON.stringify(content, (field, value) => (timeFields.has(field) && value ? value / 1000 : value));
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(body);
    };
    try {
      const target = String(http.headers['x-amz-target']);
      reply(200, answer(target.replace('AWSStepFunctions.', ''), await json(http), authorize));
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      reply(400, { __type: error.code, message: error.message });
    }
  };

  return {
    service,
    /**
     * Creates a state machine, or gives it another definition, and returns its ARN. What runs keeps the one it has.
     *
     * @throws one sentence when the definition is invalid or uses what does not run here
     */
    createStateMachine(machine: Pick<StateMachine, 'name' | 'definition' | 'roleArn' | 'tags'>): string {
      const arn = `arn:aws:states:${region}:${accountId}:stateMachine:${machine.name}`;
      const workflow = parseDefinition(machine.name, machine.definition);
      machines.set(arn, { ...machine, arn, workflow, creationDate: machines.get(arn)?.creationDate ?? clock.now() });
      return arn;
    },
    /** Starts an execution for a role that is not a caller, as that of an EventBridge target. @throws ServiceError */
    startExecution(stateMachineArn: string, input: string, roleArn: string): void {
      const authorize: AwsRequest['authorize'] = (...call) => access.authorize(roleArn, ...call);
      answer('StartExecution', { stateMachineArn, input }, authorize);
    },
    close: executions.close,
  };
}
