import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { JobScenario } from '../../lib/local-aws/start.ts';
import { sampleClips, sampleMediaFolder } from '../support/clips.ts';
import { type LocalStack, outcomeOf, startLocalStack } from '../support/local-stack.ts';

const clips = sampleClips.filter(({ container }) => container === 'mp4').slice(0, 8);
const bytesOf = (at: number) => readFileSync(join(sampleMediaFolder, clips[at]?.key ?? ''));

describe('only what is new', () => {
  let stack: LocalStack;
  let scenario: JobScenario;

  beforeEach(async () => {
    scenario = {};
    stack = await startLocalStack({ scenario: () => scenario });
    await stack.putClips(clips);
  });
  afterEach(() => stack.close());

  const newOnly = (more: object = {}) => ({ media: { prefixes: [''], newOnly: true }, ...more });
  const none = { submitted: 0, succeeded: 0, failed: 0, missing: 0 };

  it('is nothing after a run that answered everything, whether that one asked for new ones or not', async () => {
    expect(outcomeOf(await stack.run({ media: { prefixes: [''] } })).status).toBe('Succeeded');

    const outcome = outcomeOf(await stack.run(newOnly()));

    expect(outcome).toMatchObject({ status: 'NothingToDo', records: none, skipped: { total: 8 } });
    expect(Object.keys(outcome.skipped.byReason)).toEqual(['answered by an earlier run']);
  });

  it('is a video that was added, or replaced by another one under the same key', async () => {
    await stack.run(newOnly());
    await stack.put('proxies/added.mp4', bytesOf(3), 'video/mp4');
    await stack.put(clips[0]?.key ?? '', bytesOf(4), 'video/mp4');

    const outcome = outcomeOf(await stack.run(newOnly(), 'second'));

    expect(outcome.records).toMatchObject({ submitted: 2, succeeded: 2 });
    expect((await stack.ledger('second')).map(({ key }) => key).sort()).toEqual(
      ['proxies/added.mp4', clips[0]?.key].sort(),
    );
  });

  it('is everything for another question, and for another answer length of the same question', async () => {
    await stack.run(newOnly());
    const ask = (maxTokens: number) => [{ name: 'mine', prompt: 'What is it?', inference: { maxTokens } }];

    expect(outcomeOf(await stack.run(newOnly({ analyses: ask(100) }))).records.submitted).toBe(8);
    expect(outcomeOf(await stack.run(newOnly({ analyses: ask(200) }))).records.submitted).toBe(8);
    expect(outcomeOf(await stack.run(newOnly({ analyses: ask(200) }))).records.submitted).toBe(0);
  });

  it('is what a run at the same time does not have', async () => {
    const ended = await Promise.all(
      ['one', 'two', 'three'].map(async (name) => stack.ended(await stack.start(newOnly(), name))),
    );

    const outcomes = ended.map(outcomeOf);
    expect(outcomes.map(({ records }) => records.submitted).sort()).toEqual([0, 0, 8]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['NothingToDo', 'NothingToDo', 'Succeeded']);
  });

  it('is what came to nothing, but not what failed for good', async () => {
    scenario = {
      records: [
        { every: 2, does: 'fail', errorCode: 400, errorMessage: 'Unreadable.', retryable: false },
        { every: 3, does: 'missing' },
      ],
    };
    const first = outcomeOf(await stack.run(newOnly({ retries: 0 })));
    expect(first.records.failed).toBeGreaterThan(0);
    expect(first.records.missing).toBeGreaterThan(0);
    scenario = {};

    const outcome = outcomeOf(await stack.run(newOnly()));

    expect(outcome.records).toEqual({
      submitted: first.records.missing,
      succeeded: first.records.missing,
      failed: 0,
      missing: 0,
    });
    expect(Object.keys(outcome.skipped.byReason).join()).toContain('Unreadable.');
  });
});
