import { DescribeExecutionCommand, GetExecutionHistoryCommand } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { TaskError } from '../../../../lib/local-aws/step-functions/task-error.ts';
import { callF, localStepFunctions, roleArn, shapeOf } from './local-step-functions.ts';

describe('the history of an execution', () => {
  it('has an event for each attempt at a Task, linked to the one before', async () => {
    let calls = 0;
    const { createMachine, execute, history } = await localStepFunctions(async () => {
      calls += 1;
      if (calls === 1) throw new TaskError('FolderBusy', '{"errorType":"FolderBusy"}');
      return { done: true };
    });
    const Retry = [{ ErrorEquals: ['FolderBusy'], IntervalSeconds: 30 }];
    const executionArn = await execute(
      createMachine({
        Prepare: {
          ...callF,
          TimeoutSeconds: 1000,
          Retry,
          Assign: { n: 1 },
          Output: '{% $states.result.Payload %}',
          Next: 'Over',
        },
        Over: { Type: 'Succeed' },
      }),
      { job: 'a' },
    );

    const events = await history(executionArn);

    expect(shapeOf(events)).toEqual([
      [1, 0, 'ExecutionStarted'],
      [2, 0, 'TaskStateEntered'],
      [3, 2, 'TaskScheduled'],
      [4, 3, 'TaskStarted'],
      [5, 4, 'TaskFailed'],
      [6, 5, 'TaskScheduled'],
      [7, 6, 'TaskStarted'],
      [8, 7, 'TaskSucceeded'],
      [9, 8, 'TaskStateExited'],
      [10, 9, 'SucceedStateEntered'],
      [11, 10, 'SucceedStateExited'],
      [12, 11, 'ExecutionSucceeded'],
    ]);
    const lambda = { resourceType: 'lambda', resource: 'invoke' };
    const whole = { truncated: false };
    const parameters = '{"FunctionName":"f","Payload":{"job":"a"}}';
    expect(events[0]?.executionStartedEventDetails).toEqual({ input: '{"job":"a"}', inputDetails: whole, roleArn });
    expect(events[2]?.taskScheduledEventDetails).toEqual({
      ...{ ...lambda, parameters, region: 'eu-central-1', timeoutInSeconds: 1000 },
    });
    expect(events[4]?.taskFailedEventDetails).toEqual({
      ...{ ...lambda, error: 'FolderBusy', cause: '{"errorType":"FolderBusy"}' },
    });
    expect(events[8]?.stateExitedEventDetails).toEqual({
      ...{ name: 'Prepare', output: '{"done":true}', outputDetails: whole },
      ...{ assignedVariables: { n: '1' }, assignedVariablesDetails: whole },
    });
    expect(Number(events[5]?.timestamp) - Number(events[4]?.timestamp)).toBe(30_000);
  });

  it('distinguishes a timeout from a failure, and says where an expression failed', async () => {
    const { createMachine, execute, history } = await localStepFunctions((_arn, _event, clock) => clock.sleep(9000));
    const executionArn = await execute(
      createMachine({
        Slow: { ...callF, TimeoutSeconds: 5, Catch: [{ ErrorEquals: ['States.Timeout'], Next: 'Bad' }], End: true },
        Bad: { Type: 'Pass', Output: { deep: ['{% $states.input.nope %}'] }, End: true },
      }),
    );

    const events = await history(executionArn);

    expect(shapeOf(events).slice(3)).toEqual([
      [4, 3, 'TaskStarted'],
      [5, 4, 'TaskTimedOut'],
      [6, 5, 'TaskStateExited'],
      [7, 6, 'PassStateEntered'],
      [8, 7, 'EvaluationFailed'],
      [9, 8, 'ExecutionFailed'],
    ]);
    expect(events[5]?.stateExitedEventDetails?.output).toBe('{"Error":"States.Timeout"}');
    expect(events[7]?.evaluationFailedEventDetails).toMatchObject({
      ...{ state: 'Bad', location: 'Output', error: 'States.QueryEvaluationError' },
      cause: expect.stringContaining("'Output/deep[0]' returned nothing (undefined)"),
    });
  });

  it('ends an execution at 25,000 events', async () => {
    const { client, createMachine, execute } = await localStepFunctions();
    const stateMachineArn = createMachine({
      Loop: { Type: 'Choice', Choices: [{ Condition: '{% true %}', Next: 'Loop' }], Default: 'Over' },
      Over: { Type: 'Succeed' },
    });

    const executionArn = await execute(stateMachineArn);

    const newest = await client.send(
      new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 2 }),
    );
    expect(shapeOf(newest.events ?? [])).toEqual([
      [25_000, 24_999, 'ExecutionFailed'],
      [24_999, 24_998, 'ChoiceStateExited'],
    ]);
    expect(await client.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
      ...{ status: 'FAILED', error: 'States.Runtime' },
      cause: 'The execution reached the maximum number of history events (25000).',
    });
  });

  it('may have a success as its 25,000th event', async () => {
    const { client, createMachine, execute } = await localStepFunctions();
    // 1 + 12,498 × 2 events, the Succeed state's 2, the end: 25,000.
    const stateMachineArn = createMachine({
      Start: { Type: 'Pass', Assign: { n: 1 }, Next: 'Loop' },
      Loop: {
        Type: 'Choice',
        Choices: [{ Condition: '{% $n < 12497 %}', Assign: { n: '{% $n + 1 %}' }, Next: 'Loop' }],
        Default: 'Over',
      },
      Over: { Type: 'Succeed' },
    });

    const executionArn = await execute(stateMachineArn);

    const newest = await client.send(
      new GetExecutionHistoryCommand({ executionArn, reverseOrder: true, maxResults: 1 }),
    );
    expect(shapeOf(newest.events ?? [])).toEqual([[25_000, 24_999, 'ExecutionSucceeded']]);
  });
});
