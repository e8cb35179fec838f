import { DescribeExecutionCommand, ExecutionDoesNotExist, ExecutionStatus, SFNClient } from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { beforeEach, describe, expect, it } from 'vitest';
import { executions } from '../../../lambdas/shared/executions.ts';
import { awsError } from '../../support/aws-error.ts';

const client = new SFNClient({ region: 'us-east-1' });
const sfn = mockClient(client);
const { describe: describeExecution } = executions(client);
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
    'that is %s has ended when it says',
    async (status) => {
      sfn.on(DescribeExecutionCommand).resolves({ status, stopDate: ended });

      expect(await describeExecution('arn:e')).toEqual({ running: false, endedAt: ended.getTime() });
    },
  );

  it('that ended nobody knows when has ended in no past that proves anything', async () => {
    sfn.on(DescribeExecutionCommand).resolves({ status: 'FAILED' });

    expect(await describeExecution('arn:e')).toEqual({ running: false, endedAt: Number.POSITIVE_INFINITY });
  });

  it('that does not exist is not known', async () => {
    sfn.on(DescribeExecutionCommand).rejects(new ExecutionDoesNotExist({ message: 'gone', $metadata: {} }));

    expect(await describeExecution('arn:e')).toBeUndefined();
  });

  it('that may not be looked at is no unknown one', async () => {
    sfn.on(DescribeExecutionCommand).rejects(awsError('AccessDeniedException', 403));

    await expect(describeExecution('arn:e')).rejects.toThrow('AccessDenied');
  });
});
