import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  RedriveExecutionCommand,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { describe, expect, it } from 'vitest';
import { createAccess, credentialsOf } from '../../../../lib/local-aws/iam/access.ts';
import { policySchema } from '../../../../lib/local-aws/iam/statements.ts';
import { TaskError } from '../../../../lib/local-aws/step-functions/task-error.ts';
import { denialOf } from '../../../support/administrator.ts';
import { callF, localStepFunctions, roleArn, shapeOf } from './local-step-functions.ts';

const dayMs = 24 * 3_600_000;
const retryBusy = [{ ErrorEquals: ['Busy'], IntervalSeconds: 10, MaxAttempts: 1 }];
const runJobs = (more: object = {}, states: object = { Job: { ...callF, Retry: retryBusy, End: true } }) => ({
  'Run jobs': {
    Type: 'Map',
    Label: 'Jobs',
    Items: '{% $states.input.jobs %}',
    ItemProcessor: {
      ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
      StartAt: Object.keys(states)[0],
      States: states,
    },
    Output: '{% $states.result.Payload %}',
    End: true,
    ...more,
  },
});

/** A local Step Functions whose function fails until it is mended, and what it was called with. */
async function failingStepFunctions(access?: ReturnType<typeof createAccess>) {
  const calls: unknown[] = [];
  const broken = { error: 'Busy' as string | undefined, only: undefined as unknown };
  const local = await localStepFunctions(
    async (_arn, event) => {
      calls.push(event);
      if (broken.error && (broken.only ?? event) === event) throw new TaskError(broken.error);
      return event;
    },
    { access },
  );
  const { client, clock } = local;
  const describe = (executionArn: string) => client.send(new DescribeExecutionCommand({ executionArn }));
  const redrive = (executionArn: string, clientToken?: string) =>
    client.send(new RedriveExecutionCommand({ executionArn, clientToken }));
  return {
    ...local,
    ...{ calls, broken, describe, redrive },
    sleep: (ms: number) => clock.run((turn) => turn.sleep(ms)),
    async untilEnd(executionArn: string) {
      await clock.run((turn) => turn.sleep(dayMs));
      return describe(executionArn);
    },
    async children() {
      const mapRunArn = 'arn:aws:states:eu-central-1:000000000000:mapRun:machine/Jobs:id-2';
      const { executions = [] } = await client.send(new ListExecutionsCommand({ mapRunArn }));
      return executions.toReversed();
    },
  };
}

describe('RedriveExecution', () => {
  it('continues in the state that failed, with its input, its variables and all of its retries', async () => {
    const { createMachine, execute, broken, calls, redrive, untilEnd, history } = await failingStepFunctions();
    const stateMachineArn = createMachine({
      Before: { Type: 'Pass', Assign: { v: 1 }, Output: 'from before', Next: 'Call' },
      Call: { ...callF, Retry: retryBusy, Output: '{% [$v, $states.result.Payload] %}', End: true },
    });
    const executionArn = await execute(stateMachineArn);
    const failed = await history(executionArn);

    await redrive(executionArn);
    await untilEnd(executionArn);
    broken.error = undefined;
    await redrive(executionArn);
    const end = await untilEnd(executionArn);

    expect(end).toMatchObject({ status: 'SUCCEEDED', output: '[1,"from before"]', redriveCount: 2 });
    expect(end.error).toBeUndefined();
    expect(calls).toEqual(['from before', 'from before', 'from before', 'from before', 'from before']);
    const events = await history(executionArn);
    expect(shapeOf(events).slice(failed.length)).toEqual([
      [12, 11, 'ExecutionRedriven'],
      [13, 12, 'TaskScheduled'],
      [14, 13, 'TaskStarted'],
      [15, 14, 'TaskFailed'],
      [16, 15, 'TaskScheduled'],
      [17, 16, 'TaskStarted'],
      [18, 17, 'TaskFailed'],
      [19, 18, 'ExecutionFailed'],
      [20, 19, 'ExecutionRedriven'],
      [21, 20, 'TaskScheduled'],
      [22, 21, 'TaskStarted'],
      [23, 22, 'TaskSucceeded'],
      [24, 23, 'TaskStateExited'],
      [25, 24, 'ExecutionSucceeded'],
    ]);
    expect(events.at(-6)?.executionRedrivenEventDetails).toEqual({ redriveCount: 2 });
  });

  it('continues with the definition that the execution began with', async () => {
    const { createMachine, execute, broken, redrive, untilEnd } = await failingStepFunctions();
    const states = { Call: { ...callF, Next: 'Old' }, Old: { Type: 'Pass', Output: 'old', End: true } };
    const executionArn = await execute(createMachine(states));
    createMachine({ Call: { ...callF, Next: 'New' }, New: { Type: 'Pass', Output: 'new', End: true } });
    broken.error = undefined;

    await redrive(executionArn);

    expect((await untilEnd(executionArn)).output).toBe('"old"');
  });

  it('knows in its states that it is one, and begins the time of the machine anew', async () => {
    const { createMachine, execute, redrive, sleep, ended, describe, clock, changes } = await failingStepFunctions();
    const wait = { Type: 'Wait', Seconds: 100, Output: '{% $states.context.Execution %}', End: true };
    const executionArn = await execute(createMachine({ Wait: wait }, { TimeoutSeconds: 60 }));
    await sleep(1000);

    const { redriveDate } = await redrive(executionArn);
    const redrivenAt = clock.now();
    await ended(executionArn);
    await sleep(dayMs);

    expect(redriveDate).toEqual(new Date(redrivenAt));
    expect(await describe(executionArn)).toMatchObject({
      ...{ status: 'TIMED_OUT', stopDate: new Date(redrivenAt + 60_000), redriveCount: 1, redriveDate },
    });
    expect(changes.map((change) => [Object(change).status, Object(change).redriveCount])).toEqual([
      ['RUNNING', 0],
      ['TIMED_OUT', 0],
      ['RUNNING', 1],
      ['TIMED_OUT', 1],
    ]);
  });

  it('runs those branches and iterations again that had not succeeded', async () => {
    const { createMachine, execute, broken, calls, redrive, untilEnd } = await failingStepFunctions();
    broken.only = 'b';
    const each = (Items: string[]) => ({
      ...{ Type: 'Map', Items, End: true },
      ItemProcessor: { StartAt: 'Call', States: { Call: { ...callF, Output: '{% $states.input %}', End: true } } },
    });
    const Branches = [
      { StartAt: 'One', States: { One: each(['a', 'b', 'c']) } },
      { StartAt: 'Two', States: { Two: each(['d']) } },
    ];
    const executionArn = await execute(createMachine({ Both: { Type: 'Parallel', Branches, End: true } }));
    broken.error = undefined;
    calls.length = 0;

    await redrive(executionArn);

    expect((await untilEnd(executionArn)).output).toBe('[["a","b","c"],["d"]]');
    expect(calls).not.toContain('d');
    expect(calls).toContain('b');
  });

  it('answers a token that comes again within 15 minutes as before, and does nothing then', async () => {
    const { createMachine, execute, describe, redrive, sleep } = await failingStepFunctions();
    const executionArn = await execute(createMachine({ Call: { ...callF, End: true } }));

    const first = await redrive(executionArn, 'token');
    await sleep(15 * 60_000);
    const again = await redrive(executionArn, 'token');
    await sleep(1);
    const count = (await describe(executionArn)).redriveCount;
    await redrive(executionArn, 'token');

    expect(again.redriveDate).toEqual(first.redriveDate);
    expect(count).toBe(1);
    expect((await describe(executionArn)).redriveCount).toBe(2);
  });

  it('is refused for an execution that runs, has succeeded, or ended more than 14 days ago', async () => {
    const { createMachine, execute, client, describe, redrive, sleep, broken } = await failingStepFunctions();
    const wait = createMachine({ Wait: { Type: 'Wait', Seconds: 1, End: true } });
    const { executionArn: running = '' } = await client.send(new StartExecutionCommand({ stateMachineArn: wait }));
    await expect(redrive(running)).rejects.toMatchObject({ name: 'ExecutionNotRedrivable' });
    await sleep(1000);
    await expect(redrive(running)).rejects.toThrow('Execution is SUCCEEDED and cannot be redriven');
    const failed = await execute(createMachine({ Call: { ...callF, End: true } }, {}, 'failing'));
    broken.error = undefined;
    expect((await describe(failed)).redriveStatus).toBe('REDRIVABLE');

    await sleep(14 * dayMs + 1);

    expect(await describe(failed)).toMatchObject({
      ...{ redriveStatus: 'NOT_REDRIVABLE', redriveStatusReason: 'Execution redrivable period exceeded' },
    });
    await expect(redrive(failed)).rejects.toThrow('Execution redrivable period exceeded');
    await expect(redrive(`${failed}x`)).rejects.toMatchObject({ name: 'ExecutionDoesNotExist' });
  });
});

describe('a redriven distributed Map', () => {
  it('redrives the children that did not succeed, begins those that never began, and leaves the others', async () => {
    const { createMachine, client, clock, calls, broken, redrive, children, history, untilEnd } =
      await failingStepFunctions();
    broken.error = undefined;
    const states = {
      Wait: { Type: 'Wait', Seconds: '{% $states.input.seconds %}', Next: 'Job' },
      Job: { ...callF, Output: '{% $states.input.name %}', End: true },
    };
    const jobs = ['a', 'b', 'c'].map((name, at) => ({ name, seconds: 60 * (at + 1) }));
    const stateMachineArn = createMachine(
      runJobs({ MaxConcurrency: 2, Output: '{% $states.result %}', ToleratedFailurePercentage: 100 }, states),
    );
    const input = JSON.stringify({ jobs });
    const seen: unknown[] = [];
    const look = async () =>
      seen.push((await children()).map(({ status, redriveCount }) => `${status} ${redriveCount}`));

    const executionArn = await clock.run(async (turn) => {
      const { executionArn = '' } = await client.send(new StartExecutionCommand({ stateMachineArn, input }));
      for (const seconds of [30, 70]) {
        await turn.sleep(1000 * seconds);
        await client.send(new StopExecutionCommand({ executionArn }));
        await look();
        await redrive(executionArn);
      }
      return executionArn;
    });
    const end = await untilEnd(executionArn);
    await look();

    expect(seen).toEqual([
      ['ABORTED 0', 'ABORTED 0'],
      ['SUCCEEDED 1', 'ABORTED 1', 'ABORTED 0'],
      ['SUCCEEDED 1', 'SUCCEEDED 2', 'SUCCEEDED 1'],
    ]);
    expect(end).toMatchObject({ status: 'SUCCEEDED', output: '["a","b","c"]' });
    expect(calls.map((call) => Object(call).name)).toEqual(['a', 'b', 'c']);
    const types = (await history(executionArn)).map(({ type }) => type);
    expect(types.slice(3)).toEqual([
      ...['MapRunStarted', 'ExecutionAborted', 'ExecutionRedriven', 'MapRunRedriven', 'ExecutionAborted'],
      ...['ExecutionRedriven', 'MapRunRedriven', 'MapRunSucceeded', 'MapStateSucceeded', 'MapStateExited'],
      'ExecutionSucceeded',
    ]);
    const redriven = (await history(executionArn)).findLast(({ type }) => type === 'MapRunRedriven');
    expect(redriven?.mapRunRedrivenEventDetails).toMatchObject({ redriveCount: 2 });
  });

  it('has its children wait for their turn, and no child is redriven by itself', async () => {
    const { createMachine, client, clock, execute, redrive, children, broken } = await failingStepFunctions();
    const states = { Job: { ...callF, Next: 'Wait' }, Wait: { Type: 'Wait', Seconds: 60, End: true } };
    const tolerated = { ToleratedFailureCount: 2, MaxConcurrency: 1 };
    const executionArn = await execute(createMachine(runJobs(tolerated, states)), { jobs: ['a', 'b', 'c', 'd'] });
    const [first] = await children();
    await expect(redrive(first?.executionArn ?? '')).rejects.toThrow('REDRIVABLE_BY_MAP_RUN');
    broken.error = undefined;

    const statuses = await clock.run(async (turn) => {
      await redrive(executionArn);
      await turn.sleep(1000);
      const seen = (await children()).map(({ status }) => status);
      await client.send(new StopExecutionCommand({ executionArn }));
      return seen;
    });

    expect(statuses).toEqual(['RUNNING', 'PENDING_REDRIVE', 'PENDING_REDRIVE']);
    expect((await children()).map(({ status }) => status)).toEqual(['ABORTED', 'ABORTED', 'ABORTED']);
  });

  it('leaves none of its children waiting when it fails again and its parent continues', async () => {
    const { createMachine, client, clock, children, describe, redrive } = await failingStepFunctions();
    const states = { Wait: { Type: 'Wait', Seconds: 60, Next: 'Job' }, Job: { ...callF, End: true } };
    const oneByOne = { MaxConcurrency: '{% $states.context.Execution.RedriveCount = 0 ? 3 : 1 %}' };
    const caught = { Catch: [{ ErrorEquals: ['States.ALL'], Next: 'Go on' }] };
    const goOn = { 'Go on': { Type: 'Wait', Seconds: 3600, End: true } };
    const stateMachineArn = createMachine({ ...runJobs({ ...oneByOne, ...caught }, states), ...goOn });

    const statuses = await clock.run(async (turn) => {
      const input = '{"jobs":["a","b","c"]}';
      const { executionArn = '' } = await client.send(new StartExecutionCommand({ stateMachineArn, input }));
      await turn.sleep(1000);
      await client.send(new StopExecutionCommand({ executionArn }));
      await redrive(executionArn);
      await turn.sleep(70_000);
      return [await describe(executionArn), ...(await children())].map(({ status }) => status);
    });

    expect(statuses).toEqual(['RUNNING', 'FAILED', 'ABORTED', 'ABORTED']);
  });

  it('begins a new Map Run when the outputs together were too large', async () => {
    let size = 200_000;
    const { client, clock, createMachine, execute, history } = await localStepFunctions(async () => 'x'.repeat(size));
    const job = { ...callF, Output: '{% $states.result.Payload %}', End: true };
    const executionArn = await execute(createMachine(runJobs({ Output: 1 }, { Job: job })), { jobs: ['a', 'b'] });
    size = 1;

    await client.send(new RedriveExecutionCommand({ executionArn }));
    await clock.run((turn) => turn.sleep(1000));

    expect((await client.send(new DescribeExecutionCommand({ executionArn }))).status).toBe('SUCCEEDED');
    const mapRuns = (await history(executionArn)).flatMap((event) => event.mapRunStartedEventDetails?.mapRunArn ?? []);
    expect(new Set(mapRuns).size).toBe(2);
  });
});

it('a redrive asks for the right to do so, of its caller and of the role of the machine for its children', async () => {
  const access = createAccess('000000000000');
  const states = 'arn:aws:states:eu-central-1:000000000000';
  const allow = (role: string, Action: string, Resource: string) =>
    access.addToRole(
      role,
      policySchema.parse({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action, Resource }] }),
    );
  const caller = 'arn:aws:iam::000000000000:role/caller';
  for (const role of [caller, roleArn]) access.addRole(role, []);
  allow(roleArn, 'states:StartExecution', '*');
  const { createMachine, execute, redrive, clientOf, untilEnd, broken } = await failingStepFunctions(access);
  const executionArn = await execute(createMachine(runJobs()), { jobs: ['a'] });
  broken.error = undefined;
  const asCaller = clientOf(credentialsOf(caller));

  const refused = asCaller.send(new RedriveExecutionCommand({ executionArn }));
  await expect(refused).rejects.toThrow(denialOf(caller, 'states:RedriveExecution', executionArn));
  await redrive(executionArn);
  const denied = await untilEnd(executionArn);
  allow(roleArn, 'states:RedriveExecution', `${states}:execution:machine/Jobs:*`);
  await redrive(executionArn);

  expect(denied).toMatchObject({ status: 'FAILED', error: 'States.Permissions' });
  expect((await untilEnd(executionArn)).status).toBe('SUCCEEDED');
});
