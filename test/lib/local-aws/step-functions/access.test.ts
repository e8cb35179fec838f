import {
  DescribeExecutionCommand,
  GetExecutionHistoryCommand,
  ListExecutionsCommand,
  ListStateMachinesCommand,
  ListTagsForResourceCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { credentialsOf } from '../../../../lib/local-aws/iam/access.ts';
import { policySchema } from '../../../../lib/local-aws/iam/statements.ts';
import { administrator, denialOf } from '../../../support/administrator.ts';
import { localStepFunctions, roleArn } from './local-step-functions.ts';

const prefix = 'arn:aws:states:eu-central-1:000000000000';
const stateMachineArn = `${prefix}:stateMachine:machine`;
const executionArn = `${prefix}:execution:machine:nightly`;
const mapRunArn = `${prefix}:mapRun:machine/Jobs:id-1`;
const caller = 'arn:aws:iam::000000000000:role/caller';
const passes = { Pass: { Type: 'Pass', End: true } };

async function withRoles(grants: { roleArn: string; action: string; resource: string }[]) {
  const access = administrator();
  for (const { roleArn, action, resource } of grants) {
    access.addRole(roleArn, []);
    const Statement = [{ Effect: 'Allow', Action: action, Resource: resource }];
    access.addToRole(roleArn, policySchema.parse({ Version: '2012-10-17', Statement }));
  }
  const local = await localStepFunctions(undefined, { access });
  return { ...local, asCaller: local.clientOf(credentialsOf(caller)) };
}
type Client = Awaited<ReturnType<typeof withRoles>>['client'];

const calls: [string, string, (client: Client) => Promise<unknown>][] = [
  ['StartExecution', stateMachineArn, (client) => client.send(new StartExecutionCommand({ stateMachineArn }))],
  ['DescribeExecution', executionArn, (client) => client.send(new DescribeExecutionCommand({ executionArn }))],
  ['GetExecutionHistory', executionArn, (client) => client.send(new GetExecutionHistoryCommand({ executionArn }))],
  ['StopExecution', executionArn, (client) => client.send(new StopExecutionCommand({ executionArn }))],
  ['ListExecutions', stateMachineArn, (client) => client.send(new ListExecutionsCommand({ stateMachineArn }))],
  ['ListExecutions', mapRunArn, (client) => client.send(new ListExecutionsCommand({ mapRunArn }))],
  ['ListStateMachines', '*', (client) => client.send(new ListStateMachinesCommand({}))],
  [
    'ListTagsForResource',
    stateMachineArn,
    (client) => client.send(new ListTagsForResourceCommand({ resourceArn: stateMachineArn })),
  ],
];

describe('a role', () => {
  it.each(calls)('needs states:%s on %s', async (operation, resource, call) => {
    const action = `states:${operation}`;
    const { asCaller, client, createMachine } = await withRoles([{ roleArn: caller, action, resource }]);
    createMachine(passes);
    await client.send(new StartExecutionCommand({ stateMachineArn, name: 'nightly' }));

    await expect(call(asCaller)).resolves.toBeDefined();
  });

  it.each(calls)(
    'is refused %s on %s with rights to everything but that, even where there is nothing',
    async (...args) => {
      const [operation, resource, call] = args;
      const { asCaller } = await withRoles([{ roleArn: caller, action: 'states:*', resource: `${prefix}:another:*` }]);

      await expect(call(asCaller)).rejects.toMatchObject({
        ...{ name: 'AccessDeniedException', $metadata: { httpStatusCode: 400 } },
        message: denialOf(caller, `states:${operation}`, resource),
      });
    },
  );
});

describe("a machine's own role", () => {
  const ItemProcessor = {
    ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
    StartAt: 'Pass',
    States: passes,
  };
  const map = { Type: 'Map', Label: 'Jobs', Items: [1, 2], ItemProcessor };
  const grant = { roleArn, action: 'states:StartExecution' };

  it('starts the children of a distributed Map by its right to the machine itself', async () => {
    const { client, createMachine, execute } = await withRoles([{ ...grant, resource: stateMachineArn }]);

    const executionArn = await execute(createMachine({ Each: { ...map, End: true } }));

    expect((await client.send(new DescribeExecutionCommand({ executionArn }))).output).toBe('[1,2]');
  });

  it('fails the Map without it, where a catcher finds it', async () => {
    const { client, createMachine, execute, history } = await withRoles([
      { ...grant, resource: `${stateMachineArn}/Jobs` },
    ]);
    const Catch = [{ ErrorEquals: ['States.Permissions'], Output: '{% $states.errorOutput.Cause %}', Next: 'Over' }];

    const executionArn = await execute(
      createMachine({ Each: { ...map, Catch, Next: 'Over' }, Over: { Type: 'Succeed' } }),
    );

    const { output = '' } = await client.send(new DescribeExecutionCommand({ executionArn }));
    expect(JSON.parse(output)).toBe(denialOf(roleArn, 'states:StartExecution', stateMachineArn));
    expect((await history(executionArn)).map(({ type }) => type).slice(1, 5)).toEqual([
      ...['MapStateEntered', 'MapStateStarted', 'MapStateFailed', 'MapStateExited'],
    ]);
  });
});
