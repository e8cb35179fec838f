import { afterEach, describe, expect, it } from 'vitest';
import type { JobScenario } from '../../lib/local-aws/start.ts';
import { alarmsOf } from '../support/alarms.ts';
import { sampleClips } from '../support/clips.ts';
import { type LocalStack, startLocalStack } from '../support/local-stack.ts';
import { changedTemplate, templateWith } from '../support/template.ts';

const minute = 60_000;
const hour = 60 * minute;
const clip = sampleClips[0]?.key ?? '';
const media = { keys: [clip] };

/** Alarms that this file brings about, each in its own way; a further one needs a test of its own. */
const tested = [
  ...['CleanUpNotRun', 'DeadLetters', 'OwnerNotJudged', 'RecordsMissing', 'RecoveryFailing'],
  ...['RunFailed', 'RunRefused', 'RunStuck', 'WaitingTooLong'],
];

describe('the alarms of the stack', () => {
  let stack: LocalStack;
  afterEach(() => stack.close());

  async function start(scenario: JobScenario = {}, templateFile?: string): Promise<void> {
    stack = await startLocalStack({ scenario: () => scenario, ...(templateFile && { templateFile }) });
    await stack.putClips(sampleClips.slice(0, 1));
    // Until the first recoveries have told that they are there.
    await stack.aws.clock.sleep(46 * minute);
  }
  const inAlarm = () => alarmsOf(stack).inAlarm;

  it('are all silent while nights, recoveries and runs go well', async () => {
    await start();
    await stack.aws.clock.sleep(25 * hour);
    await stack.run({ media });
    await stack.run({ media: { ...media, newOnly: true } });

    expect(alarmsOf(stack)).toEqual({ all: tested, inAlarm: [] });
  });

  it('tell of a run without an answer', async () => {
    await start({ end: 'Failed' });
    expect(inAlarm()).not.toContain('RunFailed');

    await stack.run({ media, retries: 0 });

    expect(inAlarm()).toEqual(expect.arrayContaining(['RunFailed', 'RecordsMissing']));
  });

  it('tell of a run that was refused, and of nothing else then', async () => {
    await start();

    await stack.run({ media: { prefixes: ['nothing/'] } });

    expect(inAlarm()).toContain('RunRefused');
    expect(inAlarm()).not.toContain('RunFailed');
  });

  it('tell of a job that has waited for a day, and not of one that has waited for less', async () => {
    await start({ inProgress: 60 * 3600 });
    await stack.start({ media }, 'owner');
    await stack.start({ media, analyses: [{ name: 'other', prompt: 'What else?' }] }, 'queued');

    await stack.aws.clock.sleep(hour);
    expect(inAlarm()).not.toContain('WaitingTooLong');
    // As if it had begun to wait a day ago, with its hundreds of looks at the root.
    const lock = await stack.table.getLock(stack.aws.bucket);
    if (lock?.queue.length !== 1) throw new Error('Nothing waits for the root.');
    const since = new Date(stack.aws.clock.now() - 24 * hour).toISOString();
    const queue = lock.queue.map((queued) => ({ ...queued, since }));
    await stack.table.replaceLock(lock, { ...lock, version: lock.version + 1, queue });
    await stack.aws.clock.sleep(30 * minute);

    expect(inAlarm()).toContain('WaitingTooLong');
    expect(inAlarm()).not.toContain('OwnerNotJudged');
  });

  it('tell of an owner of the root that cannot be judged', async () => {
    await start();
    const { bucket } = stack.aws;
    const since = new Date(stack.aws.clock.now()).toISOString();
    const owner = { runId: 'nobody', jobName: 'nobody-1', executionArn: 'arn:nobody', since };
    await stack.table.replaceLock(undefined, { bucket, version: 1, fence: 1, owner, queue: [] });
    await stack.start({ media });

    await stack.aws.clock.sleep(45 * minute);

    expect(inAlarm()).toContain('OwnerNotJudged');
  });

  it('tell of a run that no resuming brings to its end', async () => {
    await start();
    const { executionArn } = await stack.run({ media, dryRun: true });
    const earlier = Array.from({ length: 23 }, (_, at) => `${executionArn}-${at}`);
    const startedAt = new Date(stack.aws.clock.now() - 30 * 24 * hour).toISOString();
    const executionArns = [...earlier, executionArn];
    await stack.table.createRun({
      ...{ runId: 'stuck', executionArns, status: 'Running', startedAt, requestJson: '{}', jobCount: 0 },
    });

    await stack.aws.clock.sleep(45 * minute);

    expect(inAlarm()).toContain('RunStuck');
  });

  it('tell of recoveries that fail, which leave no dead letters, because the next one makes up for them', async () => {
    await start({}, templateWith({ TABLE_NAME: 'no-such-table' }, 'RecoverRuns'));

    expect(inAlarm()).toContain('RecoveryFailing');
    expect(inAlarm()).not.toContain('DeadLetters');
  });

  it('tell of what a trigger could not get done, and left in the dead-letter queue', async () => {
    await start({}, templateWith({ TABLE_NAME: 'no-such-table' }, 'OnUpload'));
    expect(inAlarm()).not.toContain('DeadLetters');

    await stack.put('requests/a.json', JSON.stringify({ media }));
    await stack.aws.clock.sleep(10 * minute);

    expect(inAlarm()).toContain('DeadLetters');
  });

  it('tell of nights without a clean-up', async () => {
    const withoutNights = changedTemplate((resource, id) => {
      if (resource.Type !== 'AWS::Scheduler::Schedule' || !id.startsWith('TriggersNightly')) return;
      resource.Properties = { ...resource.Properties, State: 'DISABLED' };
    });
    await start({}, withoutNights);

    await stack.aws.clock.sleep(49 * hour);

    expect(inAlarm()).toEqual(['CleanUpNotRun']);
  });
});
