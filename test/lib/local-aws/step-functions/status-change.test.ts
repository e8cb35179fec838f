import { DescribeExecutionCommand, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { expect, it } from 'vitest';
import { localStepFunctions, startAt } from './local-step-functions.ts';

const machine = 'arn:aws:states:eu-central-1:000000000000';

it('an event announces the start and the end, as the documentation shows it', async () => {
  const { changes, createMachine, execute } = await localStepFunctions();

  await execute(createMachine({ Wait: { Type: 'Wait', Seconds: 1, End: true } }), 7);

  const same = {
    ...{ executionArn: `${machine}:execution:machine:id-1`, stateMachineArn: `${machine}:stateMachine:machine` },
    ...{ name: 'id-1', startDate: startAt, input: '7', inputDetails: { included: true }, error: null, cause: null },
    ...{ stateMachineVersionArn: null, stateMachineAliasArn: null },
    ...{ redriveCount: 0, redriveDate: null, redriveStatus: 'NOT_REDRIVABLE' },
  };
  expect(JSON.parse(JSON.stringify(changes))).toEqual([
    {
      ...{ ...same, status: 'RUNNING', stopDate: null, output: null, outputDetails: null },
      redriveStatusReason: 'Execution is RUNNING and cannot be redriven',
    },
    {
      ...{ ...same, status: 'SUCCEEDED', stopDate: startAt + 1000, output: '7', outputDetails: { included: true } },
      redriveStatusReason: 'Execution is SUCCEEDED and cannot be redriven',
    },
  ]);
});

it('an event of a failure has its error and cause', async () => {
  const { changes, createMachine, execute } = await localStepFunctions();

  await execute(createMachine({ Fail: { Type: 'Fail', Error: 'RunFailed', Cause: 'no record succeeded' } }));

  expect(changes.at(-1)).toMatchObject({
    ...{ status: 'FAILED', error: 'RunFailed', cause: 'no record succeeded', output: null, outputDetails: null },
  });
});

// An execution's input and output of the same length, each with the four characters of its escaped quotes.
it.each([
  ['at 248 KiB both are there', 124 * 1024 - 6, true, true],
  ['over 248 KiB together the input is omitted', 124 * 1024 - 5, false, true],
  ['over 248 KiB alone the output is omitted too', 248 * 1024 - 5, false, false],
])('%s', async (_what, length, hasInput, hasOutput) => {
  const { changes, client, createMachine, ended } = await localStepFunctions();
  const input = JSON.stringify('x'.repeat(length));
  const stateMachineArn = createMachine({ Pass: { Type: 'Pass', End: true } });

  const { executionArn } = await client.send(new StartExecutionCommand({ stateMachineArn, input }));
  await ended(executionArn);

  expect(changes.at(-1)).toMatchObject({
    ...{ input: hasInput ? input : null, inputDetails: { included: hasInput } },
    ...{ output: hasOutput ? input : null, outputDetails: { included: hasOutput } },
  });
  expect((await client.send(new DescribeExecutionCommand({ executionArn }))).output).toBe(input);
});
