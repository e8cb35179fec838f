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
import { localStepFunctions, startAt } from './local-step-functions.ts';

const waits = { Wait: { Type: 'Wait', Seconds: 3600, End: true } };
const passes = { Pass: { Type: 'Pass', End: true } };

/** Keeps the clock from moving on while a test looks at what runs. */
function hold(clock: { run<T>(work: () => Promise<T>): Promise<T> }) {
  const { promise, resolve } = Promise.withResolvers<void>();
  void clock.run(() => promise);
  return resolve;
}

describe('StartExecution', () => {
  it('is idempotent for the same name and input while the execution runs', async () => {
    const { client, clock, createMachine } = await localStepFunctions();
    const release = hold(clock);
    const request = { stateMachineArn: createMachine(waits), name: 'nightly', input: '{"a":1}' };

    const first = await client.send(new StartExecutionCommand(request));
    const second = await client.send(new StartExecutionCommand(request));

    expect(first.executionArn).toBe('arn:aws:states:eu-central-1:000000000000:execution:machine:nightly');
    expect(first.startDate).toEqual(new Date(startAt));
    expect(second).toMatchObject({ executionArn: first.executionArn, startDate: first.startDate });
    release();
  });

  it('refuses a used name with another input while the execution runs', async () => {
    const { client, clock, createMachine } = await localStepFunctions();
    const release = hold(clock);
    const request = { stateMachineArn: createMachine(waits), name: 'nightly' };
    await client.send(new StartExecutionCommand({ ...request, input: '{"a":1}' }));

    const again = client.send(new StartExecutionCommand({ ...request, input: '{"a":2}' }));

    await expect(again).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
    release();
  });

  it('refuses a used name once the execution has ended, even with the same input', async () => {
    const { client, createMachine, ended } = await localStepFunctions();
    const request = { stateMachineArn: createMachine(passes), name: 'nightly', input: '{}' };
    const { executionArn } = await client.send(new StartExecutionCommand(request));
    await ended(executionArn);

    const again = client.send(new StartExecutionCommand(request));

    await expect(again).rejects.toMatchObject({ name: 'ExecutionAlreadyExists' });
  });

  it.each([
    ['a name with a colon', { name: 'on:12' }, 'InvalidName'],
    ['a name with a space', { name: 'on 12' }, 'InvalidName'],
    ['a name of 81 characters', { name: 'n'.repeat(81) }, 'ValidationException'],
    ['an input that is not JSON', { input: '{a:1}' }, 'InvalidExecutionInput'],
    ['an empty input', { input: '' }, 'InvalidExecutionInput'],
    ['an input of 262,145 bytes', { input: `"${'é'.repeat(131_071)}x"` }, 'ValidationException'],
    ['an unknown machine', {}, 'StateMachineDoesNotExist'],
    ['a machine whose ARN is none', { stateMachineArn: 'nightly' }, 'InvalidArn'],
  ])('refuses %s', async (_what, request, name) => {
    const { client } = await localStepFunctions();
    const stateMachineArn = 'arn:aws:states:eu-central-1:000000000000:stateMachine:none';

    await expect(client.send(new StartExecutionCommand({ stateMachineArn, ...request }))).rejects.toMatchObject({
      name,
    });
  });

  it('takes a name of 80 characters and an input of 262,144 bytes', async () => {
    const { client, createMachine, ended } = await localStepFunctions();
    const request = { name: 'n'.repeat(80), input: `"${'é'.repeat(131_071)}"` };

    const { executionArn } = await client.send(
      new StartExecutionCommand({ stateMachineArn: createMachine(passes), ...request }),
    );

    await ended(executionArn);
    const { status, output } = await client.send(new DescribeExecutionCommand({ executionArn }));
    expect({ status, output }).toEqual({ status: 'SUCCEEDED', output: request.input });
  });
});

describe('the other operations', () => {
  it('describe an execution that failed', async () => {
    const { client, createMachine, execute } = await localStepFunctions();
    const stateMachineArn = createMachine({
      Wait: { Type: 'Wait', Seconds: 5, Next: 'Fail' },
      Fail: { Type: 'Fail', Error: 'RunFailed', Cause: 'no record succeeded' },
    });

    const executionArn = await execute(stateMachineArn, { n: 1 });

    expect(await client.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
      ...{ executionArn, stateMachineArn, name: 'id-1', status: 'FAILED', input: '{"n":1}' },
      ...{ error: 'RunFailed', cause: 'no record succeeded' },
      ...{ startDate: new Date(startAt), stopDate: new Date(startAt + 5000) },
    });
  });

  it('refuse an execution that does not exist', async () => {
    const { client } = await localStepFunctions();
    const executionArn = 'arn:aws:states:eu-central-1:000000000000:execution:machine:none';

    const refusal = { name: 'ExecutionDoesNotExist' };
    await expect(client.send(new DescribeExecutionCommand({ executionArn }))).rejects.toMatchObject(refusal);
    await expect(client.send(new GetExecutionHistoryCommand({ executionArn }))).rejects.toMatchObject(refusal);
    await expect(client.send(new StopExecutionCommand({ executionArn }))).rejects.toMatchObject(refusal);
  });

  it('list executions newest first, by status, page by page', async () => {
    const { client, createMachine, execute } = await localStepFunctions();
    const fails = createMachine({ Fail: { Type: 'Fail', Error: 'No' } }, {}, 'fails');
    const stateMachineArn = createMachine(passes);
    const arns = [await execute(stateMachineArn), await execute(stateMachineArn), await execute(stateMachineArn)];
    await execute(fails);

    const first = await client.send(new ListExecutionsCommand({ stateMachineArn, maxResults: 2 }));
    const added = await execute(stateMachineArn);
    const second = await client.send(
      new ListExecutionsCommand({ stateMachineArn, maxResults: 2, nextToken: first.nextToken }),
    );
    const failed = await client.send(new ListExecutionsCommand({ stateMachineArn: fails, statusFilter: 'FAILED' }));
    const none = await client.send(new ListExecutionsCommand({ stateMachineArn, statusFilter: 'FAILED' }));

    expect(first.executions?.map(({ executionArn }) => executionArn)).toEqual([arns[2], arns[1]]);
    expect(second.executions?.map(({ executionArn }) => executionArn)).toEqual([arns[0]]);
    expect(second.nextToken).toBeUndefined();
    expect(added).not.toBe('');
    expect(failed.executions).toMatchObject([{ status: 'FAILED', stateMachineArn: fails }]);
    expect(none.executions).toEqual([]);
  });

  it('refuse an unknown page token', async () => {
    const { client, createMachine } = await localStepFunctions();
    const request = { stateMachineArn: createMachine(passes), nextToken: 'nonsense' };

    await expect(client.send(new ListExecutionsCommand(request))).rejects.toMatchObject({ name: 'InvalidToken' });
  });

  it('page through a history in both directions', async () => {
    const { client, createMachine, execute } = await localStepFunctions();
    const executionArn = await execute(createMachine(passes), { secret: 1 });
    const idsOf = (events: { id?: number | undefined }[] | undefined) => events?.map(({ id }) => id);

    const first = await client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 3 }));
    const rest = await client.send(new GetExecutionHistoryCommand({ executionArn, nextToken: first.nextToken }));
    const last = await client.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1, reverseOrder: true }));

    expect([idsOf(first.events), idsOf(rest.events), idsOf(last.events)]).toEqual([[1, 2, 3], [4], [4]]);
    expect(rest.nextToken).toBeUndefined();
    expect(first.events?.[1]?.stateEnteredEventDetails).toMatchObject({ name: 'Pass', input: '{"secret":1}' });
  });

  it('list machines and their tags', async () => {
    const { client, createMachine } = await localStepFunctions();
    const stateMachineArn = createMachine(passes);
    createMachine(waits, {}, 'other');

    const { stateMachines } = await client.send(new ListStateMachinesCommand({}));
    const { tags } = await client.send(new ListTagsForResourceCommand({ resourceArn: stateMachineArn }));

    expect(stateMachines).toMatchObject([{ stateMachineArn, name: 'machine', type: 'STANDARD' }, { name: 'other' }]);
    expect(tags).toEqual([{ key: 'app', value: 'media-batch' }]);
  });

  it('forget an execution 90 days after its end, and its name is free again', async () => {
    const { client, clock, createMachine, ended } = await localStepFunctions();
    const stateMachineArn = createMachine(passes);
    const request = { stateMachineArn, name: 'nightly', input: '{}' };
    const { executionArn } = await client.send(new StartExecutionCommand(request));
    await ended(executionArn);

    await clock.sleep(90 * 86_400_000 - 1);
    const known = await client.send(new DescribeExecutionCommand({ executionArn }));
    await clock.sleep(1);
    const asked = client.send(new DescribeExecutionCommand({ executionArn }));
    await expect(asked).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
    const { executions } = await client.send(new ListExecutionsCommand({ stateMachineArn }));
    const again = await client.send(new StartExecutionCommand(request));

    expect(known.status).toBe('SUCCEEDED');
    expect(executions).toEqual([]);
    expect(again.executionArn).toBe(executionArn);
  });
});

describe('createStateMachine', () => {
  it('gives a machine another definition; what runs keeps the one it has', async () => {
    const { client, clock, createMachine, ended, execute } = await localStepFunctions();
    const release = hold(clock);
    const stateMachineArn = createMachine(waits);
    const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn }));

    const same = createMachine({ Pass: { Type: 'Pass', Output: 'new', End: true } });
    release();
    await ended(executionArn);
    const later = await execute(same);

    expect(same).toBe(stateMachineArn);
    const outputs = await Promise.all(
      [executionArn, later].map(async (arn) => client.send(new DescribeExecutionCommand({ executionArn: arn }))),
    );
    expect(outputs.map(({ output }) => output)).toEqual(['{}', '"new"']);
  });
});
