import { GetModelInvocationJobCommand, ListModelInvocationJobsCommand } from '@aws-sdk/client-bedrock';
import {
  DescribeExecutionCommand,
  ListExecutionsCommand,
  RedriveExecutionCommand,
  StopExecutionCommand,
} from '@aws-sdk/client-sfn';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { recoverRunsOutputSchema } from '../../lambdas/recover-runs/recover-runs.ts';
import { type LocalStack, startLocalStack } from '../support/local-stack.ts';
import { smallJobs } from '../support/small-jobs.ts';

const minute = 60_000;
const hour = 60 * minute;

describe('a run whose execution is gone', () => {
  let stack: LocalStack;
  let jobCreated: PromiseWithResolvers<void>;

  beforeEach(async () => {
    jobCreated = Promise.withResolvers();
    stack = await startLocalStack({
      ...smallJobs({ minRecordsPerJob: 20 }, { recoveries: true }),
      scenario: () => {
        jobCreated.resolve();
        return { inProgress: 5 * 3600 };
      },
    });
    await stack.putClips();
  });
  afterEach(() => stack.close());

  /** Four proxies with five questions: 20 records, no padding. */
  const request = {
    media: { prefixes: ['proxies/'] },
    analyses: ['a', 'b', 'c', 'd', 'e'].map((name) => ({ name, prompt: `Question ${name}?` })),
  };

  /** Starts a run and lets its job go on for an hour at Bedrock. */
  async function startWithJob(name: string): Promise<string> {
    const executionArn = await stack.start(request, name);
    await jobCreated.promise;
    await stack.aws.clock.sleep(hour);
    return executionArn;
  }

  const recovery = () => stack.invoke('recover-runs', {}, recoverRunsOutputSchema);

  async function executionsOf(name: string) {
    const { executions = [] } = await stack.sfn.send(
      new ListExecutionsCommand({ stateMachineArn: stack.aws.stateMachineArn }),
    );
    return executions
      .filter((execution) => execution.name?.startsWith(name))
      .map(({ name: own, status }) => [own, status]);
  }

  async function jobStatuses() {
    const { invocationJobSummaries = [] } = await stack.bedrock.send(new ListModelInvocationJobsCommand({}));
    return invocationJobSummaries.map(({ status }) => status);
  }

  it('because a person stopped it ends as Stopped within the hour, with what was answered, and leaves nothing behind', async () => {
    const executionArn = await startWithJob('stopped');

    await stack.sfn.send(new StopExecutionCommand({ executionArn }));
    await stack.aws.clock.sleep(hour);

    expect(await jobStatuses()).toEqual(['Stopped']);
    expect((await stack.table.getRun('stopped'))?.status).toBe('Stopped');
    const outcome = JSON.parse(await stack.readText('nova/batch/runs/stopped/outcome.json'));
    const { submitted, succeeded, failed, missing } = outcome.records;
    expect(succeeded).toBeGreaterThan(0);
    expect(missing).toBeGreaterThan(0);
    expect([submitted, succeeded + failed + missing]).toEqual([20, 20]);
    expect(await stack.ledger('stopped')).toHaveLength(20);
    expect(await stack.inputs()).toEqual([]);
    expect(await executionsOf('stopped')).toEqual([
      ['stopped-resume-1', 'SUCCEEDED'],
      ['stopped', 'ABORTED'],
    ]);
  });

  it('is left alone while a function of it may still be at work, but its job is stopped at once', async () => {
    const executionArn = await startWithJob('early');
    await stack.sfn.send(new StopExecutionCommand({ executionArn }));

    const first = await recovery();

    expect(first).toMatchObject({ resumed: [], waiting: ['early'] });
    expect(['Stopping', 'Stopped']).toContain((await jobStatuses())[0]);
    expect(await executionsOf('early')).toHaveLength(1);
  });

  it('is resumed once, however often it is recovered', async () => {
    const executionArn = await startWithJob('often');
    await stack.sfn.send(new StopExecutionCommand({ executionArn }));
    await recovery();
    await stack.aws.clock.sleep(14 * minute);
    await stack.aws.clock.sleep(3 * minute);

    await Promise.all([recovery(), recovery(), recovery()]);
    await stack.aws.clock.sleep(hour);

    expect(await executionsOf('often')).toHaveLength(2);
    expect((await stack.table.getRun('often'))?.status).toBe('Stopped');
  });

  it('that is redriven by hand right after it was stopped ends once all the same, by the hand that is quicker', async () => {
    const executionArn = await startWithJob('redriven');
    await stack.sfn.send(new StopExecutionCommand({ executionArn }));

    await stack.sfn.send(new RedriveExecutionCommand({ executionArn }));
    await stack.aws.clock.sleep(10 * hour);

    const { status } = await stack.sfn.send(new DescribeExecutionCommand({ executionArn }));
    expect(status).toBe('SUCCEEDED');
    expect(await executionsOf('redriven')).toHaveLength(1);
    expect(await jobStatuses()).toHaveLength(1);
    expect(await stack.ledger('redriven')).toHaveLength(20);
    expect(await stack.inputs()).toEqual([]);
  });

  it('that has its report already is not begun again by a redrive', async () => {
    const executionArn = await startWithJob('over');
    await stack.sfn.send(new StopExecutionCommand({ executionArn }));
    await stack.aws.clock.sleep(2 * hour);
    const before = await stack.readText('nova/batch/runs/over/outcome.json');

    await stack.sfn.send(new RedriveExecutionCommand({ executionArn }));
    await stack.aws.clock.sleep(2 * hour);

    expect(await jobStatuses()).toEqual(['Stopped']);
    expect(await stack.readText('nova/batch/runs/over/outcome.json')).toBe(before);
    expect(await stack.inputs()).toEqual([]);
  });

  it('frees the root for the runs behind it', async () => {
    const executionArn = await startWithJob('first');
    const second = stack.start({ media: { keys: ['proxies/C0126_33938_720p15.MP4'] } }, 'second').then(stack.ended);
    await stack.sfn.send(new StopExecutionCommand({ executionArn }));

    expect((await second).status).toBe('SUCCEEDED');

    expect((await stack.table.getRun('first'))?.status).toBe('Stopped');
    const jobs = await stack.table.listJobs('second');
    const job = await stack.bedrock.send(new GetModelInvocationJobCommand({ jobIdentifier: jobs[0]?.batchJobArn }));
    expect(job.totalRecordCount).toBe(20);
  });
});
