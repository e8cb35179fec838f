import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { json } from 'node:stream/consumers';
import type { Service, ServiceOptions } from '../service.ts';
import { parseDefinition } from './definition.ts';
import type { ExecutionRecord } from './execution-files.ts';
import { createExecutions } from './executions.ts';
import { createOperations, type StateMachine } from './operations.ts';
import type { RedriveState } from './redrive.ts';
import type { Surroundings } from './run.ts';

type Shared = 'access' | 'invokeFunction' | 'outlivesParent';
export interface StepFunctionsOptions extends ServiceOptions, Pick<Surroundings, Shared> {
  /** By default random. */
  newId?: Surroundings['newId'];
  /** Called with the detail of each "Step Functions Execution Status Change". */
  onStatusChange?(detail: StatusChange): void;
}

export interface NewStateMachine extends Pick<StateMachine, 'name' | 'roleArn' | 'tags'> {
  definition: string;
}

export type StepFunctions = ReturnType<typeof stepFunctionsService>;

/** Fields of answers that the protocol has in seconds. */
const timeFields = new Set(['creationDate', 'startDate', 'stopDate', 'redriveDate', 'timestamp']);

/** Step Functions over its JSON protocol. */
export function stepFunctionsService(options: StepFunctionsOptions) {
  const { clock, accountId, region, dataFolder } = options;
  const machines = new Map<string, StateMachine>();
  const executions = createExecutions({
    ...{ newId: randomUUID, ...options, folder: join(dataFolder, 'step-functions') },
    onStatusChange: (record) =>
      options.onStatusChange?.(statusChangeOf({ ...record, ...executions.redriveState(record.executionArn) })),
  });
  const answer = createOperations(machines, executions);

  const service: Service = async ({ operation, http, authorize }, response) => {
    const content = answer(operation, await json(http), authorize);
    const body = JSON.stringify(content, (field, value) => (timeFields.has(field) && value ? value / 1000 : value));
    response.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(body);
  };

  return {
    service,
    /**
     * Creates a state machine, or gives it another definition, and returns its ARN. Running executions keep theirs.
     *
     * @throws one sentence when the definition is invalid or uses what is not simulated
     */
    createStateMachine({ definition, ...machine }: NewStateMachine): string {
      const arn = `arn:aws:states:${region}:${accountId}:stateMachine:${machine.name}`;
      const workflow = parseDefinition(machine.name, definition);
      machines.set(arn, { ...machine, arn, workflow, creationDate: machines.get(arn)?.creationDate ?? clock.now() });
      return arn;
    },
    /** Executions end: https://docs.aws.amazon.com/step-functions/latest/apireference/API_DeleteStateMachine.html */
    deleteStateMachine(arn: string): void {
      machines.delete(arn);
      for (const { executionArn, stateMachineArn } of executions.list())
        if (stateMachineArn === arn) executions.stop(executionArn, { cause: 'The state machine was deleted.' });
    },
    close: executions.close,
  };
}

/** EventBridge's limit: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
const maxDataBytes = 248 * 1024;

/** The detail of a "Step Functions Execution Status Change". */
export type StatusChange = ReturnType<typeof statusChangeOf>;

/** Times are in ms; missing fields are null. Of data that is too large only the details remain. */
function statusChangeOf({ mapRunArn: _none, ...record }: ExecutionRecord & Partial<RedriveState>) {
  const { input, output = null, stopDate = null, error = null, cause = null } = record;
  const { redriveDate = null, redriveStatusReason = null } = record;
  const outputBytes = output === null ? 0 : escapedBytes(output);
  const [hasInput, hasOutput] = [escapedBytes(input) + outputBytes, outputBytes].map((bytes) => bytes <= maxDataBytes);
  return {
    ...{ ...record, stopDate, error, cause, stateMachineVersionArn: null, stateMachineAliasArn: null },
    ...{ redriveDate, redriveStatusReason },
    input: hasInput ? input : null,
    inputDetails: { included: hasInput },
    output: hasOutput ? output : null,
    outputDetails: output === null ? null : { included: hasOutput },
  };
}

const escapedBytes = (data: string) => Buffer.byteLength(JSON.stringify(data));
