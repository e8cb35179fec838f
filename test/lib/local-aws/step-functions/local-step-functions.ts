import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GetExecutionHistoryCommand, type HistoryEvent, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { onTestFinished } from 'vitest';
import { type Clock, fastClock } from '../../../../lib/local-aws/clock.ts';
import { startEndpoint } from '../../../../lib/local-aws/endpoint.ts';
import type { Access } from '../../../../lib/local-aws/iam/access.ts';
import { type StepFunctionsOptions, stepFunctionsService } from '../../../../lib/local-aws/step-functions/service.ts';
import { administrator, openAccess } from '../../../support/administrator.ts';

export const roleArn = 'arn:aws:iam::000000000000:role/machine';
export const startAt = Date.UTC(2031, 4, 1, 12);

type Invoke = (functionArn: string, event: unknown, clock: Clock) => Promise<unknown>;

/** A Task state that invokes `f` with its input. */
export const callF = {
  Type: 'Task',
  Resource: 'arn:aws:states:::lambda:invoke',
  Arguments: { FunctionName: 'f', Payload: '{% $states.input %}' },
};

/** A local Step Functions behind a real endpoint, its real client, and functions that are written in the test. */
export async function localStepFunctions(
  invoke: Invoke = async () => null,
  options: { folder?: string; access?: Access } & Pick<StepFunctionsOptions, 'outlivesParent'> = {},
) {
  const folder = options.folder ?? temporaryFolder();
  const clock = fastClock(startAt);
  const changes: unknown[] = [];
  const ends = new Map<string, PromiseWithResolvers<void>>();
  const endOf = (arn: string) => {
    const end = ends.get(arn) ?? Promise.withResolvers<void>();
    ends.set(arn, end);
    return end;
  };
  let ids = 0;
  const settings: StepFunctionsOptions = {
    ...{
      clock,
      accountId: '000000000000',
      region: 'eu-central-1',
      dataFolder: folder,
      access: options.access ?? openAccess,
    },
    outlivesParent: options.outlivesParent,
    newId: () => `id-${++ids}`,
    invokeFunction: async (arn, payload) => JSON.stringify((await invoke(arn, JSON.parse(payload), clock)) ?? null),
    onStatusChange(detail) {
      changes.push(structuredClone(detail));
      if ('stopDate' in detail && detail.stopDate !== null) endOf(`${Object(detail).executionArn}`).resolve();
    },
  };
  const stepFunctions = stepFunctionsService(settings);
  const endpoint = await startEndpoint(0, clock, { states: stepFunctions.service }, options.access ?? administrator());
  const clients: SFNClient[] = [];
  function clientOf(credentials: { accessKeyId: string; secretAccessKey: string }): SFNClient {
    const client = new SFNClient({ endpoint: endpoint.url, region: 'eu-central-1', credentials, maxAttempts: 1 });
    clients.push(client);
    return client;
  }
  const client = clientOf({ accessKeyId: 'test', secretAccessKey: 'test' });
  async function close() {
    for (const each of clients) each.destroy();
    await stepFunctions.close();
    await endpoint.close();
  }
  onTestFinished(close);

  const createMachine = (states: Record<string, object>, more: object = {}, name = 'machine') =>
    stepFunctions.createStateMachine({
      ...{ name, roleArn, tags: { app: 'media-batch' } },
      definition: JSON.stringify({
        ...{ QueryLanguage: 'JSONata', StartAt: Object.keys(states)[0], States: states },
        ...more,
      }),
    });
  return {
    ...{ client, clientOf, clock, folder, changes, stepFunctions, createMachine, close },
    ended: (executionArn = '') => endOf(executionArn).promise,
    /** Runs a machine to its end and returns the execution's ARN. */
    async execute(stateMachineArn: string, input: unknown = {}): Promise<string> {
      const command = new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) });
      const { executionArn = '' } = await client.send(command);
      await endOf(executionArn).promise;
      return executionArn;
    },
    async history(executionArn: string): Promise<HistoryEvent[]> {
      const { events = [] } = await client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
      return events;
    },
  };
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'step-functions-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

/** `[id, previousEventId, type]` of each event. */
export const shapeOf = (events: HistoryEvent[]) =>
  events.map(({ id, previousEventId, type }) => [id, previousEventId, type]);
