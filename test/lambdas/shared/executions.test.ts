import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  ExecutionStatus,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { executionArnOf, executions } from '../../../lambdas/shared/executions.ts';
import { awsError } from '../../support/aws-error.ts';

const client = new SFNClient({ region: 'us-east-1' });
const sfn = mockClient(client);
const { describe: describeExecution, startNamed } = executions(client);
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
