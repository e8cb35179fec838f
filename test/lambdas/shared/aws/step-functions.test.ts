import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  ExecutionStatus,
  ListExecutionsCommand,
  ListTagsForResourceCommand,
  SFNClient,
  StartExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { executionArnOf, executions } from '../../../../lambdas/shared/aws/step-functions.ts';
import { awsError } from '../../../support/aws-error.ts';

const client = new SFNClient({ region: 'us-east-1' });
const sfn = mockClient(client);
const { describe: describeExecution, startNamed, listRunning, stop, tagsOf } = executions(client);
const machineArn = 'arn:aws:states:us-east-1:111122223333:stateMachine:Runs';
const ended = new Date('2026-11-02T09:00:00Z');

beforeEach(() => {
  sfn.reset();
});

describe('an execution', () => {
  it.each([ExecutionStatus.RUNNING, ExecutionStatus.PENDING_REDRIVE])('that is %s still runs', async (status) => {
    sfn.on(DescribeExecutionCommand, { executionArn: 'arn:e' }).resolves({ status });

    expect(await describeExecution('arn:e')).toEqual({ running: true });
  });

  it.each([ExecutionStatus.SUCCEEDED, ExecutionStatus.FAILED, ExecutionStatus.ABORTED, ExecutionStatus.TIMED_OUT])(
    'that is %s has ended so, and when it says',
    async (status) => {
      sfn.on(DescribeExecutionCommand).resolves({ status, stopDate: ended });

      expect(await describeExecution('arn:e')).toEqual({ running: false, endedAt: ended.getTime(), status });
    },
  );

  it('that ended nobody knows when has ended in no past that proves anything', async () => {
    sfn.on(DescribeExecutionCommand).resolves({ status: 'FAILED' });

    expect(await describeExecution('arn:e')).toMatchObject({ running: false, endedAt: Number.POSITIVE_INFINITY });
  });

  it('that does not exist is not known', async () => {
    sfn.on(DescribeExecutionCommand).rejects(new ExecutionDoesNotExist({ message: 'gone', $metadata: {} }));

    expect(await describeExecution('arn:e')).toBeUndefined();
  });

  it('that may not be looked at is no unknown one', async () => {
    sfn.on(DescribeExecutionCommand).rejects(awsError('AccessDeniedException', 403));

    await expect(describeExecution('arn:e')).rejects.toThrow('AccessDenied');
  });

  it('is started under a name of ours, with its input as JSON', async () => {
    sfn.on(StartExecutionCommand).resolves({});

    await startNamed(machineArn, 'nightly-resume-1', { resume: 'nightly' });

    const [call] = sfn.commandCalls(StartExecutionCommand);
    expect(call?.args[0].input).toEqual({
      stateMachineArn: machineArn,
      name: 'nightly-resume-1',
      input: '{"resume":"nightly"}',
    });
  });

  it('that was started under this name before is no error, and any other failure is one', async () => {
    sfn.on(StartExecutionCommand).rejectsOnce(new ExecutionAlreadyExists({ message: 'used', $metadata: {} }));
    await startNamed(machineArn, 'nightly-resume-1', {});

    sfn.on(StartExecutionCommand).rejects(awsError('ExecutionLimitExceeded', 400));
    await expect(startNamed(machineArn, 'nightly-resume-1', {})).rejects.toThrow('ExecutionLimitExceeded');
  });

  it('has the ARN of its machine with its name', () => {
    expect(executionArnOf(machineArn, 'nightly-resume-1')).toBe(
      'arn:aws:states:us-east-1:111122223333:execution:Runs:nightly-resume-1',
    );
  });
});

describe('the executions of a machine that run', () => {
  it('are listed, all pages', async () => {
    const request = { stateMachineArn: machineArn, statusFilter: ExecutionStatus.RUNNING };
    const page = (executionArn: string) => ({
      executions: [
        { executionArn, stateMachineArn: machineArn, name: 'n', status: 'RUNNING' as const, startDate: ended },
      ],
    });
    sfn.on(ListExecutionsCommand, request).resolves({ ...page('arn:1'), nextToken: 'more' });
    sfn.on(ListExecutionsCommand, { ...request, nextToken: 'more' }).resolves(page('arn:2'));

    expect(await listRunning(machineArn)).toEqual(['arn:1', 'arn:2']);
  });

  it('are stopped, and one that is forgotten is no error', async () => {
    sfn.on(StopExecutionCommand, { executionArn: 'arn:1' }).resolves({ stopDate: ended });
    sfn.on(StopExecutionCommand, { executionArn: 'arn:2' }).rejects(awsError('ExecutionDoesNotExist', 400, 'gone'));
    sfn.on(StopExecutionCommand, { executionArn: 'arn:3' }).rejects(awsError('AccessDeniedException', 400, 'no'));

    await stop('arn:1');
    await stop('arn:2');
    await expect(stop('arn:3')).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});

describe('the tags of a machine', () => {
  it('are what it has, by their keys', async () => {
    const tags = [{ key: 'a', value: '1' }, { key: 'b' }];
    sfn.on(ListTagsForResourceCommand, { resourceArn: machineArn }).resolves({ tags });

    expect(await tagsOf(machineArn)).toEqual({ a: '1', b: '' });
  });

  it.each(['ResourceNotFound', 'StateMachineDoesNotExist'])('are not there where it is gone: %s', async (name) => {
    sfn.on(ListTagsForResourceCommand).rejects(awsError(name, 400, 'gone'));

    expect(await tagsOf(machineArn)).toBeUndefined();
  });

  it('are not known where they may not be read', async () => {
    sfn.on(ListTagsForResourceCommand).rejects(awsError('AccessDeniedException', 400, 'no'));

    await expect(tagsOf(machineArn)).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});
