import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ListModelInvocationJobsCommand } from '@aws-sdk/client-bedrock';
import { afterEach, describe, expect, it } from 'vitest';
import { sampleMediaFolder } from '../support/clips.ts';
import { type LocalStack, outcomeOf, startLocalStack } from '../support/local-stack.ts';

const clip = 'proxies/C0126_33938_720p15.MP4';
const foreignInputsLines = [1, 2, 3].map((number) =>
  JSON.stringify({
    recordId: `theirs-${number}`,
    modelInput: { messages: [{ role: 'user', content: [{ text: 'Hi' }] }] },
  }),
);

describe('trouble with a job', () => {
  let stack: LocalStack;

  afterEach(() => stack.close());

  it('that Bedrock never makes ends with its input removed, its lock free and its records missing', async () => {
    const everyCall = { operation: 'CreateModelInvocationJob', code: 'InternalServerException', calls: 1000 } as const;
    stack = await startLocalStack({ faults: [everyCall] });
    await stack.put(clip, readFileSync(join(sampleMediaFolder, clip)));

    const ended = await stack.run({ media: { keys: [clip] } }, 'never-made');

    expect(ended).toMatchObject({ status: 'FAILED', error: 'RunFailed' });
    expect(ended.cause).toContain('0 of 1 records succeeded, 0 failed and 1 are missing');
    expect(await stack.inputs()).toEqual([]);
    expect(await stack.ledger('never-made')).toMatchObject([{ key: clip, outcome: 'missing' }]);
  });

  it('that Bedrock made and nobody was told of is found by its name, and its records are sent once', async () => {
    // As many as the SDK tries by itself: Start has to look for the job when it is called again.
    const lost = { operation: 'CreateModelInvocationJob', code: 'InternalServerException', calls: 3 } as const;
    stack = await startLocalStack({ faults: [{ ...lost, afterwards: true }] });
    await stack.put(clip, readFileSync(join(sampleMediaFolder, clip)));

    const outcome = outcomeOf(await stack.run({ media: { keys: [clip] } }, 'unheard'));

    expect(outcome.records).toEqual({ submitted: 1, succeeded: 1, failed: 0, missing: 0 });
    const { invocationJobSummaries = [] } = await stack.bedrock.send(new ListModelInvocationJobsCommand({}));
    expect(invocationJobSummaries.map(({ jobArn }) => jobArn)).toEqual([outcome.jobs[0]?.batchJobArn]);
  });

  it('whose folder gets somebody else’s .jsonl after it was made is noticed by the count and stopped', async () => {
    let arrived: Promise<void> | undefined;
    stack = await startLocalStack({
      scenario: () => {
        // Bedrock reads its folder only some time after Create, so what arrives now runs too.
        arrived ??= stack.put('exports/theirs.jsonl', foreignInputsLines.join('\n'), 'application/jsonl');
        return { inProgress: 6 * 3600 };
      },
    });
    await stack.put(clip, readFileSync(join(sampleMediaFolder, clip)));

    const ended = await stack.run({ media: { keys: [clip] }, retries: 0 }, 'foreignInput');
    await arrived;

    const outcome = JSON.parse(await stack.readText('nova/batch/runs/foreignInput/outcome.json'));
    expect(outcome.jobs[0]).toMatchObject({ status: 'Stopped' });
    expect(outcome.jobs[0].reason).toContain('3 records more than were sent');
    expect(outcome.records.submitted).toBe(1);
    expect(ended.status).toBe(outcome.records.succeeded === 1 ? 'SUCCEEDED' : 'FAILED');
    expect(await stack.readText('exports/theirs.jsonl')).toBe(foreignInputsLines.join('\n'));
    // Poll itself stops the job; were it not to, Settle would in the end.
    expect(await stack.jobEvents(ended.executionArn)).not.toContain('TaskFailed');
    expect(await stack.inputs()).toEqual([]);
  });

  it('that Poll gives up on is stopped before its input goes, and what it wrote is salvaged', async () => {
    stack = await startLocalStack({ scenario: () => ({ inProgress: 20 * 3600 }) });
    await stack.put(clip, readFileSync(join(sampleMediaFolder, clip)));
    const executionArn = await stack.start({ media: { keys: [clip] }, timeoutHours: 24, retries: 0 }, 'forgotten');
    await stack.aws.clock.sleep(5 * 3600_000);

    // What Poll is told and what the table says do not agree any more, so it does not go on.
    await stack.forgetBatchJobArn('forgotten');
    const ended = await stack.ended(executionArn);

    const outcome = JSON.parse(await stack.readText('nova/batch/runs/forgotten/outcome.json'));
    expect(outcome.jobs[0]).toMatchObject({ status: 'Stopped' });
    expect(outcome.jobs[0].reason).toContain('no batchJobArn in the table');
    expect(outcome.records).toMatchObject({ submitted: 1 });
    expect(ended.status).toBe(outcome.records.succeeded === 1 ? 'SUCCEEDED' : 'FAILED');
    expect(await stack.inputs()).toEqual([]);
  });

  it('is not that a video is 3GP: its record names the format three_gp and is answered', async () => {
    stack = await startLocalStack();
    await stack.put('phone/VID_0001.3gp', readFileSync(join(sampleMediaFolder, clip)), 'video/3gpp');

    const outcome = outcomeOf(await stack.run({ media: { prefixes: ['phone/'] } }));

    expect(outcome.records).toEqual({ submitted: 1, succeeded: 1, failed: 0, missing: 0 });
  });
});
