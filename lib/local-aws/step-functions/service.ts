import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import type { Clock } from '../clock.ts';
import { type Service, ServiceError } from '../endpoint.ts';
import type { Access } from '../iam/access.ts';
import { parseDefinition } from './definition.ts';
import type { ExecutionRecord } from './execution-files.ts';
import { createExecutions } from './executions.ts';
import { createOperations, type StateMachine } from './operations.ts';
import { lambdaTask } from './task.ts';

/** The detail of a "Step Functions Execution Status Change", of which these fields are typed. */
export type StatusChange = Pick<ExecutionRecord, 'executionArn' | 'status'>;

export interface StepFunctionsOptions {
  clock: Clock;
  accountId: string;
  region: string;
  /** Executions are kept below it, in `step-functions/`. */
  dataFolder: string;
  /** Judges what a machine's role may do; the caller is judged by the request. */
  access: Pick<Access, 'authorize'>;
  /**
   * Runs a function and resolves to what it answers, JSON as text. It holds the clock itself while the function works.
   *
   * @throws TaskError with the function's error type, and its error as JSON for a cause
   */
  invokeFunction(functionArn: string, payload: string, roleArn: string): Promise<string>;
  /** Called with the detail of each "Step Functions Execution Status Change". */
  onStatusChange?(detail: StatusChange): void;
  /** By default the machine's own chance. IDs name Map Runs, their children and executions without a name. */
  random?(): number;
  newId?(): string;
}

export type StepFunctions = ReturnType<typeof stepFunctionsService>;

/** Step Functions over its JSON protocol. */
export function stepFunctionsService({ clock, dataFolder, onStatusChange, ...options }: StepFunctionsOptions) {
  const { accountId, region, invokeFunction, random = Math.random, newId = randomUUID } = options;
  const machines = new Map<string, StateMachine>();
  const executions = createExecutions({
    ...{ clock, random, newId, folder: join(dataFolder, 'step-functions'), runTask: lambdaTask(invokeFunction) },
    onStatusChange(record) {
      const none = { stopDate: null, output: null, error: null, cause: null };
      const details = { inputDetails: { included: true }, outputDetails: record.output ? { included: true } : null };
      onStatusChange?.({ ...none, ...record, ...details });
    },
  });
  const answer = createOperations(machines, executions);

  const service: Service = async ({ http }, response) => {
    const reply = (status: number, content: object) => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(content));
    };
    try {
      const target = String(http.headers['x-amz-target']);
      reply(200, answer(target.replace('AWSStepFunctions.', ''), await json(http)));
    } catch (error) {
      if (!(error instanceof ServiceError)) throw error;
      reply(error.status, { __type: error.code, message: error.message });
    }
  };

  /**
   * Creates a state machine, or gives it another definition, and returns its ARN. What runs keeps the one it has.
   *
   * @throws one sentence when the definition is invalid or uses what does not run here
   */
  function createStateMachine(machine: Pick<StateMachine, 'name' | 'definition' | 'roleArn' | 'tags'>): string {
    const arn = `arn:aws:states:${region}:${accountId}:stateMachine:${machine.name}`;
    const workflow = parseDefinition(machine.name, machine.definition);
    machines.set(arn, { ...machine, arn, workflow, creationDate: machines.get(arn)?.creationDate ?? clock.now() });
    return arn;
  }

  return { service, createStateMachine, close: executions.close };
}
