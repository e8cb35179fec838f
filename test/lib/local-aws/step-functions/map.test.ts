import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  RedriveExecutionCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { TaskError } from '../../../../lib/local-aws/step-functions/task-error.ts';
import { callF, localStepFunctions, shapeOf, startAt } from './local-step-functions.ts';

const children = (state: object, mode = 'DISTRIBUTED') => ({
  ProcessorConfig: mode === 'INLINE' ? { Mode: mode } : { Mode: mode, ExecutionType: 'STANDARD' },
  StartAt: 'Job',
  States: { Job: { ...state, End: true } },
});
const runJobs = (state: object, more: object = {}) => ({
  'Run jobs': {
    Type: 'Map',
    Label: 'Jobs',
    Items: '{% $states.input.jobs %}',
    ItemProcessor: children(state),
    End: true,
    ...more,
  },
});
const prefix = 'arn:aws:states:eu-central-1:000000000000';
const mapRunArn = `${prefix}:mapRun:machine/Jobs:id-2`;

describe('a distributed Map', () => {
  it('runs each item as an execution of its own', async () => {
    const { client, createMachine, execute, history } = await localStepFunctions(async (_arn, event) => event);
    const ItemSelector = { job: '{% $states.context.Map.Item.Value %}', index: '{% $states.context.Map.Item.Index %}' };
    const stateMachineArn = createMachine(
      runJobs(
        { ...callF, Output: '{% [$states.context.Execution.Id, $states.context.StateMachine.Name] %}' },
        { ItemSelector },
      ),
    );

    const executionArn = await execute(stateMachineArn, { jobs: ['a', 'b'] });

    const parent = await client.send(new DescribeExecutionCommand({ executionArn }));
    const childArns = [`${prefix}:execution:machine/Jobs:id-3`, `${prefix}:execution:machine/Jobs:id-4`];
    expect(JSON.parse(parent.output ?? '')).toEqual(childArns.map((arn) => [arn, 'machine/Jobs']));
    expect(await client.send(new DescribeExecutionCommand({ executionArn: childArns[1] }))).toMatchObject({
      ...{ status: 'SUCCEEDED', input: '{"job":"b","index":1}', mapRunArn },
      stateMachineArn: `${prefix}:stateMachine:machine/Jobs`,
    });
    const listed = await client.send(new ListExecutionsCommand({ mapRunArn }));
    expect(listed.executions?.map((child) => child.executionArn)).toEqual(childArns.toReversed());
    const own = await client.send(new ListExecutionsCommand({ stateMachineArn }));
    expect(own.executions?.map((execution) => execution.executionArn)).toEqual([executionArn]);

    const events = await history(executionArn);
    expect(shapeOf(events)).toEqual([
      [1, 0, 'ExecutionStarted'],
      [2, 0, 'MapStateEntered'],
      [3, 2, 'MapStateStarted'],
      [4, 3, 'MapRunStarted'],
      [5, 4, 'MapRunSucceeded'],
      [6, 5, 'MapStateSucceeded'],
      [7, 5, 'MapStateExited'],
      [8, 7, 'ExecutionSucceeded'],
    ]);
    expect(events[2]?.mapStateStartedEventDetails).toEqual({ length: 2 });
    expect(events[3]?.mapRunStartedEventDetails).toEqual({ mapRunArn });
    expect((await history(childArns[0] ?? '')).map(({ type }) => type)).toContain('TaskSucceeded');
  });

  it('gives its children no variables of its own', async () => {
    const { client, createMachine, execute } = await localStepFunctions();
    const stateMachineArn = createMachine({
      Set: { Type: 'Pass', Assign: { v: 1 }, Next: 'Run jobs' },
      ...runJobs({ Type: 'Pass', Output: '{% $v %}' }),
    });

    const executionArn = await execute(stateMachineArn, { jobs: [1] });

    expect((await client.send(new DescribeExecutionCommand({ executionArn }))).status).toBe('FAILED');
  });

  it('skips tolerated failures and keeps the rest in order', async () => {
    const { client, createMachine, execute } = await localStepFunctions(async (_arn, event) => {
      if (event === 'b') throw new TaskError('Boom');
      return event;
    });
    const stateMachineArn = createMachine(
      runJobs({ ...callF, Output: '{% $states.result.Payload %}' }, { ToleratedFailurePercentage: 34 }),
    );

    const executionArn = await execute(stateMachineArn, { jobs: ['a', 'b', 'c'] });

    expect((await client.send(new DescribeExecutionCommand({ executionArn }))).output).toBe('["a","c"]');
  });

  it.each([
    ['a percentage of 33 of three', { ToleratedFailurePercentage: 33 }],
    ['a count of 0', { ToleratedFailureCount: '{% 0 %}' }],
    ['a percentage within and a count past its limit', { ToleratedFailurePercentage: 100, ToleratedFailureCount: 0 }],
  ])('fails past %s and stops the children that still run', async (_what, tolerated) => {
    const { client, clock, createMachine, execute, history } = await localStepFunctions();
    const job = { Type: 'Wait', Seconds: '{% $states.input.seconds %}' };
    const stateMachineArn = createMachine(runJobs(job, tolerated));

    const executionArn = await execute(stateMachineArn, { jobs: [{ seconds: 5 }, { seconds: 'x' }, { seconds: 9 }] });

    const { executions } = await client.send(new ListExecutionsCommand({ mapRunArn }));
    expect(executions?.map(({ status }) => status)).toEqual(['ABORTED', 'FAILED', 'ABORTED']);
    const events = await history(executionArn);
    expect(shapeOf(events).slice(4)).toEqual([
      [5, 4, 'MapRunFailed'],
      [6, 4, 'MapStateFailed'],
      [7, 4, 'ExecutionFailed'],
    ]);
    expect(events[4]?.mapRunFailedEventDetails?.error).toBe('States.ExceedToleratedFailureThreshold');
    expect(clock.now()).toBe(startAt);
  });

  it('runs as many children at once as its expression says', async () => {
    const { clock, createMachine, execute } = await localStepFunctions();
    const wait = { Type: 'Wait', Seconds: 60 };
    const stateMachineArn = createMachine(runJobs(wait, { MaxConcurrency: '{% $states.input.slots %}' }));

    await execute(stateMachineArn, { jobs: [1, 2, 3, 4, 5], slots: 2 });

    expect(clock.now() - startAt).toBe(180_000);
  });

  it('is aborted when another branch fails', async () => {
    const { client, createMachine, execute, history } = await localStepFunctions();
    const stateMachineArn = createMachine({
      Both: {
        Type: 'Parallel',
        Branches: [
          { StartAt: 'Run jobs', States: runJobs({ Type: 'Wait', Seconds: 3600 }) },
          {
            StartAt: 'Wait',
            States: { Wait: { Type: 'Wait', Seconds: 5, Next: 'Fail' }, Fail: { Type: 'Fail', Error: 'No' } },
          },
        ],
        End: true,
      },
    });

    const executionArn = await execute(stateMachineArn, { jobs: [1, 2] });

    const types = (await history(executionArn)).map(({ type }) => type);
    expect(types.slice(-5)).toEqual([
      ...['FailStateEntered', 'MapRunAborted', 'MapStateAborted', 'ParallelStateFailed', 'ExecutionFailed'],
    ]);
    const { executions } = await client.send(new ListExecutionsCommand({ mapRunArn }));
    expect(executions?.map(({ status }) => status)).toEqual(['ABORTED', 'ABORTED']);
  });

  it('fails on outputs that are over 256 KiB together', async () => {
    const { client, createMachine, execute } = await localStepFunctions(async () => 'x'.repeat(100_000));
    const stateMachineArn = createMachine(runJobs({ ...callF, Output: '{% $states.result.Payload %}' }));

    const executionArn = await execute(stateMachineArn, { jobs: [1, 2, 3] });

    const { status, error } = await client.send(new DescribeExecutionCommand({ executionArn }));
    expect({ status, error }).toEqual({ status: 'FAILED', error: 'States.DataLimitExceeded' });
  });
});

describe('an inline Map', () => {
  it('has events for each iteration, and starts again on a retry', async () => {
    let calls = 0;
    const { createMachine, execute, history } = await localStepFunctions(async () => {
      calls += 1;
      if (calls === 1) throw new TaskError('Busy');
    });
    const ItemProcessor = children(callF, 'INLINE');
    const Retry = [{ ErrorEquals: ['Busy'] }];
    const stateMachineArn = createMachine({ Each: { Type: 'Map', Items: [1], ItemProcessor, Retry, End: true } });

    const events = await history(await execute(stateMachineArn));

    expect(shapeOf(events)).toEqual([
      [1, 0, 'ExecutionStarted'],
      [2, 0, 'MapStateEntered'],
      [3, 2, 'MapStateStarted'],
      [4, 3, 'MapIterationStarted'],
      [5, 4, 'TaskStateEntered'],
      [6, 5, 'TaskScheduled'],
      [7, 6, 'TaskStarted'],
      [8, 7, 'TaskFailed'],
      [9, 8, 'MapIterationFailed'],
      [10, 8, 'MapStateFailed'],
      [11, 8, 'MapStateStarted'],
      [12, 11, 'MapIterationStarted'],
      [13, 12, 'TaskStateEntered'],
      [14, 13, 'TaskScheduled'],
      [15, 14, 'TaskStarted'],
      [16, 15, 'TaskSucceeded'],
      [17, 16, 'TaskStateExited'],
      [18, 17, 'MapIterationSucceeded'],
      [19, 18, 'MapStateSucceeded'],
      [20, 18, 'MapStateExited'],
      [21, 20, 'ExecutionSucceeded'],
    ]);
    expect(events[3]?.mapIterationStartedEventDetails).toEqual({ name: 'Each', index: 0 });
  });

  it('fails on items that are no array', async () => {
    const { client, createMachine, execute } = await localStepFunctions();
    const ItemProcessor = children({ Type: 'Pass' }, 'INLINE');
    const stateMachineArn = createMachine({ Each: { Type: 'Map', ItemProcessor, End: true } });

    const executionArn = await execute(stateMachineArn, { not: 'an array' });

    const { error } = await client.send(new DescribeExecutionCommand({ executionArn }));
    expect(error).toBe('States.QueryEvaluationError');
  });
});

describe('StopExecution', () => {
  it('aborts an execution and its children, and ignores what their functions answer later', async () => {
    const answers: string[] = [];
    const running = Promise.withResolvers<void>();
    const release = Promise.withResolvers<void>();
    const answered = Promise.withResolvers<void>();
    const { client, clock, createMachine, ended, history } = await localStepFunctions(async (_arn, event) => {
      running.resolve();
      await clock.run(() => release.promise);
      answers.push(`${event} answered`);
      answered.resolve();
      return event;
    });
    const stateMachineArn = createMachine(runJobs(callF, { MaxConcurrency: 1 }));
    const input = '{"jobs":["a","b"]}';
    const { executionArn = '' } = await client.send(new StartExecutionCommand({ stateMachineArn, input }));
    await running.promise;

    const stopping = await client.send(
      new StopExecutionCommand({ executionArn, error: 'Stopped', cause: 'by a person' }),
    );
    await ended(executionArn);
    const before = await history(executionArn);
    release.resolve();
    await answered.promise;
    expect(answers).toEqual(['a answered']);

    expect(stopping.stopDate).toEqual(new Date(startAt));
    expect(await client.send(new DescribeExecutionCommand({ executionArn }))).toMatchObject({
      ...{ status: 'ABORTED', error: 'Stopped', cause: 'by a person' },
    });
    expect(shapeOf(before).at(-1)).toEqual([5, 0, 'ExecutionAborted']);
    expect(before.at(-1)?.executionAbortedEventDetails).toEqual({ error: 'Stopped', cause: 'by a person' });
    expect(await history(executionArn)).toEqual(before);
    const { executions = [] } = await client.send(new ListExecutionsCommand({ mapRunArn }));
    expect(executions.map(({ status }) => status)).toEqual(['ABORTED']);
    const child = await history(executions[0]?.executionArn ?? '');
    expect(child.map(({ type }) => type).slice(-2)).toEqual(['TaskStarted', 'ExecutionAborted']);
  });

  it('changes nothing about an execution that has ended', async () => {
    const { client, createMachine, execute } = await localStepFunctions();
    const executionArn = await execute(createMachine({ Over: { Type: 'Succeed' } }));

    const { stopDate } = await client.send(new StopExecutionCommand({ executionArn }));

    expect(stopDate).toEqual(new Date(startAt));
    expect((await client.send(new DescribeExecutionCommand({ executionArn }))).status).toBe('SUCCEEDED');
  });
});

describe('a Map Run that outlives its parent', () => {
  const job = { Wait: { Type: 'Wait', Seconds: 60, Next: 'Call' }, Call: { ...callF, End: true } };
  const ItemProcessor = {
    ...{ ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' }, StartAt: 'Wait', States: job },
  };
  const definition = runJobs({}, { ItemProcessor, MaxConcurrency: 1, ToleratedFailurePercentage: 100 });

  it.each([
    ['begins nothing more once its parent was stopped', false, ['ABORTED'], []],
    ['goes on with all that it had to do, where the option says so', true, ['SUCCEEDED', 'SUCCEEDED'], ['a', 'b']],
  ])('%s', async (_what, outlives, statuses, called) => {
    const calls: unknown[] = [];
    const invoke = async (_arn: string, event: unknown) => void calls.push(event);
    const { client, clock, createMachine, ended } = await localStepFunctions(invoke, {
      outlivesParent: () => outlives,
    });
    const stateMachineArn = createMachine(definition);

    const executionArn = await clock.run(async (turn) => {
      const input = '{"jobs":["a","b"]}';
      const { executionArn = '' } = await client.send(new StartExecutionCommand({ stateMachineArn, input }));
      await turn.sleep(1000);
      await client.send(new StopExecutionCommand({ executionArn }));
      return executionArn;
    });
    await ended(executionArn);
    await clock.run((turn) => turn.sleep(3_600_000));

    const { executions } = await client.send(new ListExecutionsCommand({ mapRunArn }));
    expect(executions?.map(({ status }) => status)).toEqual(statuses);
    expect(calls).toEqual(called);
    expect((await client.send(new DescribeExecutionCommand({ executionArn }))).status).toBe('ABORTED');
  });

  it('ends before a redrive of its parent continues, which then has all that it did', async () => {
    const calls: unknown[] = [];
    const { client, clock, createMachine, history } = await localStepFunctions(
      async (_arn, event) => void calls.push(event),
      { outlivesParent: () => true },
    );
    const stateMachineArn = createMachine(definition, { TimeoutSeconds: 90 });

    const executionArn = await clock.run(async (turn) => {
      const input = '{"jobs":["a","b"]}';
      const { executionArn = '' } = await client.send(new StartExecutionCommand({ stateMachineArn, input }));
      await turn.sleep(100_000);
      await client.send(new RedriveExecutionCommand({ executionArn }));
      return executionArn;
    });
    await clock.run((turn) => turn.sleep(3_600_000));

    const { status, stopDate } = await client.send(new DescribeExecutionCommand({ executionArn }));
    expect({ status, stopDate }).toEqual({ status: 'SUCCEEDED', stopDate: new Date(startAt + 120_000) });
    expect(calls).toEqual(['a', 'b']);
    const events = (await history(executionArn)).slice(4, 7);
    expect(events.map(({ type, timestamp }) => [type, Number(timestamp) - startAt])).toEqual([
      ['ExecutionTimedOut', 90_000],
      ['ExecutionRedriven', 100_000],
      ['MapRunRedriven', 120_000],
    ]);
  });
});
