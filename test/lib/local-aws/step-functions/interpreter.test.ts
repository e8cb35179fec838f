import { DescribeExecutionCommand } from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { TaskError } from '../../../../lib/local-aws/step-functions/task-error.ts';
import { callF, localStepFunctions, roleArn, shapeOf, startAt } from './local-step-functions.ts';

type Local = Awaited<ReturnType<typeof localStepFunctions>>;

async function outcomeOf(
  { client, createMachine, execute }: Local,
  states: Record<string, object>,
  input: unknown = {},
) {
  const executionArn = await execute(createMachine(states), input);
  const { status, output, error, cause } = await client.send(new DescribeExecutionCommand({ executionArn }));
  return { status, error, cause, output: JSON.parse(output ?? 'null') };
}

describe('a state', () => {
  it('sees its context', async () => {
    const { output } = await outcomeOf(
      await localStepFunctions(),
      {
        Wait: { Type: 'Wait', Seconds: 60, Next: 'Show' },
        Show: { Type: 'Pass', Output: '{% $states.context %}', End: true },
      },
      { n: 1 },
    );

    const arn = (kind: string) => `arn:aws:states:eu-central-1:000000000000:${kind}`;
    expect(output).toEqual({
      Execution: {
        ...{ Id: arn('execution:machine:id-1'), Name: 'id-1', Input: { n: 1 }, RoleArn: roleArn, RedriveCount: 0 },
        StartTime: new Date(startAt).toISOString(),
      },
      StateMachine: { Id: arn('stateMachine:machine'), Name: 'machine' },
      State: { Name: 'Show', EnteredTime: new Date(startAt + 60_000).toISOString(), RetryCount: 0 },
    });
  });

  it('waits only for whole seconds', async () => {
    const { client, createMachine, execute } = await localStepFunctions();
    const stateMachineArn = createMachine({ Wait: { Type: 'Wait', Seconds: '{% $states.input %}', End: true } });

    const outcomes: unknown[] = [];
    for (const seconds of [1.5, -1, '5', 0]) {
      const executionArn = await execute(stateMachineArn, seconds);
      const { status, error } = await client.send(new DescribeExecutionCommand({ executionArn }));
      outcomes.push(error ?? status);
    }

    expect(outcomes).toEqual([...Array(3).fill('States.QueryEvaluationError'), 'SUCCEEDED']);
  });

  const calls = (FunctionName: string, Payload: unknown) => ({
    ...callF,
    Arguments: { FunctionName, Payload },
    Output: 1,
  });
  it.each([
    ['an output', { Type: 'Pass', Output: 'TEXT' }, '""'],
    ['a variable', { Type: 'Pass', Assign: { v: 'TEXT' }, Output: 1 }, '""'],
    ['what a Task sends', calls('small', 'TEXT'), '{"FunctionName":"small","Payload":""}'],
    ['what a Task gets', calls('big', null), '{"ExecutedVersion":"$LATEST","Payload":"","StatusCode":200}'],
  ])('takes %s of 256 KiB and fails with a byte more', async (_what, state, frame) => {
    const half = 'é'.repeat(65_000);
    let tail = '';
    const local = await localStepFunctions(async (arn) => (arn === 'big' ? half + half + tail : null));
    const outcomes: unknown[] = [];
    for (const bytes of [262_144, 262_145]) {
      tail = 'x'.repeat(bytes - frame.length - 260_000);
      const text = `{% $states.input & $states.input & '${tail}' %}`;
      const big = JSON.parse(JSON.stringify({ ...state, End: true }).replace('TEXT', text));
      const { status, error } = await outcomeOf(local, { Big: big }, half);
      outcomes.push(error ?? status);
    }

    expect(outcomes).toEqual(['SUCCEEDED', 'States.DataLimitExceeded']);
  });
});

describe('a Task state', () => {
  it('gives the function its payload and takes its answer with version and status', async () => {
    const invoked: unknown[] = [];
    const local = await localStepFunctions(async (arn, event) => {
      invoked.push([arn, event]);
      return { n: 2 };
    });
    const functionArn = 'arn:aws:lambda:eu-central-1:000000000000:function:plan-run:3';
    const Arguments = { FunctionName: functionArn, Payload: { n: '{% $states.input.n %}' } };

    const { output } = await outcomeOf(local, { Plan: { ...callF, Arguments, End: true } }, { n: 1 });

    expect(invoked).toEqual([[functionArn, { n: 1 }]]);
    expect(output).toEqual({ ExecutedVersion: '3', Payload: { n: 2 }, StatusCode: 200 });
  });

  it('gives a function without payload an empty object, and takes null for no answer', async () => {
    const invoked: unknown[] = [];
    const local = await localStepFunctions(async (_arn, event) => void invoked.push(event));
    const Arguments = { FunctionName: 'f' };

    const { output } = await outcomeOf(local, { Plan: { ...callF, Arguments, End: true } }, { n: 1 });

    expect(invoked).toEqual([{}]);
    expect(output).toEqual({ ExecutedVersion: '$LATEST', Payload: null, StatusCode: 200 });
  });

  it('counts its retries in the context and starts from zero in the next state', async () => {
    const counts: unknown[] = [];
    const local = await localStepFunctions(async (_arn, event) => {
      counts.push(event);
      if (counts.length < 3) throw new TaskError('Busy');
    });
    const Arguments = { FunctionName: 'f', Payload: '{% $states.context.State.RetryCount %}' };
    const Retry = [{ ErrorEquals: ['Busy'] }];

    await outcomeOf(local, {
      One: { ...callF, Arguments, Retry, Next: 'Two' },
      Two: { ...callF, Arguments, Retry, End: true },
    });

    expect(counts).toEqual([0, 1, 2, 0]);
  });

  it('retries and catches what goes wrong in its own expressions', async () => {
    const local = await localStepFunctions();
    const Catch = [{ ErrorEquals: ['States.QueryEvaluationError'], Output: 'caught', Next: 'Over' }];
    const Output = '{% $states.result.nope %}';

    const outcome = await outcomeOf(local, { Task: { ...callF, Output, Catch, End: true }, Over: { Type: 'Succeed' } });

    expect(outcome).toMatchObject({ status: 'SUCCEEDED', output: 'caught' });
  });

  it('lets nothing catch a fault of the machinery itself', async () => {
    const local = await localStepFunctions(async () => {
      throw new RangeError('out of sockets');
    });
    const Catch = [
      { ErrorEquals: ['States.Runtime'], Next: 'Over' },
      { ErrorEquals: ['States.ALL'], Next: 'Over' },
    ];

    const outcome = await outcomeOf(local, { Task: { ...callF, Catch, End: true }, Over: { Type: 'Succeed' } });

    expect(outcome).toMatchObject({
      status: 'FAILED',
      error: 'States.Runtime',
      cause: expect.stringContaining('sockets'),
    });
  });

  it('takes only the first retrier that matches', async () => {
    const local = await localStepFunctions(async () => {
      throw new TaskError('Busy');
    });
    const Retry = [
      { ErrorEquals: ['Busy'], MaxAttempts: 1, IntervalSeconds: 100 },
      { ErrorEquals: ['States.ALL'], IntervalSeconds: 1000 },
    ];

    const outcome = await outcomeOf(local, { Task: { ...callF, Retry, End: true } });

    expect(outcome).toMatchObject({ status: 'FAILED', error: 'Busy' });
    expect(local.clock.now() - startAt).toBe(100_000);
  });

  it('polls for a week in a moment', async () => {
    const { clock, createMachine, execute } = await localStepFunctions(async () => ({ status: 'InProgress' }));
    const machine = createMachine(
      {
        Poll: { ...callF, Assign: { polls: '{% $polls + 1 %}' }, Next: 'Over?' },
        'Over?': { Type: 'Choice', Choices: [{ Condition: '{% $polls = 1008 %}', Next: 'Over' }], Default: 'Wait' },
        Wait: { Type: 'Wait', Seconds: 600, Next: 'Poll' },
        Over: { Type: 'Succeed' },
        Begin: { Type: 'Pass', Assign: { polls: 0 }, Next: 'Poll' },
      },
      { StartAt: 'Begin' },
    );

    await execute(machine);

    expect(clock.now() - startAt).toBe(1007 * 600_000);
  });
});

describe('a Parallel state', () => {
  const branch = (StartAt: string, state: object) => ({ StartAt, States: { [StartAt]: { ...state, End: true } } });

  it('gives its branches copies of the variables', async () => {
    const outcome = await outcomeOf(await localStepFunctions(), {
      Set: { Type: 'Pass', Assign: { v: 1 }, Next: 'Both' },
      Both: {
        Type: 'Parallel',
        Branches: [
          branch('A', { Type: 'Pass', Assign: { v: 2 }, Output: '{% $v %}' }),
          branch('B', { Type: 'Wait', Seconds: 1, Output: '{% $v %}' }),
        ],
        Next: 'Show',
      },
      Show: { Type: 'Pass', Output: '{% [$states.input, $v] %}', End: true },
    });

    expect(outcome.output).toEqual([1, 1, 1]);
  });

  it('stops its other branches when one fails, whatever they wait for, and continues with its catcher', async () => {
    const local = await localStepFunctions(async (arn, _event, clock) => {
      await clock.sleep(arn === 'slow' ? 3_600_000 : 10_000);
      throw new TaskError('Busy');
    });
    const Catch = [{ ErrorEquals: ['States.ALL'], Output: 'caught', Next: 'Over' }];
    const SlowCatch = [{ ErrorEquals: ['States.ALL'], Next: 'Caught' }];
    const slow = { ...callF, Arguments: { FunctionName: 'slow' }, Catch: SlowCatch, Next: 'Caught' };
    const stateMachineArn = local.createMachine({
      Both: {
        Type: 'Parallel',
        Branches: [
          branch('A', callF),
          branch('B', { Type: 'Wait', Seconds: 3600 }),
          { StartAt: 'C', States: { C: slow, Caught: { Type: 'Succeed' } } },
        ],
        Catch,
        Next: 'Over',
      },
      Over: { Type: 'Succeed' },
    });

    const executionArn = await local.execute(stateMachineArn);

    expect(local.clock.now() - startAt).toBe(10_000);
    expect(shapeOf(await local.history(executionArn)).slice(-7)).toEqual([
      [10, expect.any(Number), 'TaskStarted'],
      [11, expect.any(Number), 'TaskFailed'],
      [12, 11, 'ParallelStateFailed'],
      [13, 11, 'ParallelStateExited'],
      [14, 13, 'SucceedStateEntered'],
      [15, 14, 'SucceedStateExited'],
      [16, 15, 'ExecutionSucceeded'],
    ]);
  });
});
