import { describe, expect, it } from 'vitest';
import { parseWritten, requireFormat, UnknownFormat } from '../../../../lambdas/shared/domain/format-version.ts';
import { attemptKey, outcomeKey, planKey } from '../../../../lambdas/shared/domain/keys.ts';
import { getPlan, readAttempt, readPlan } from '../../../../lambdas/shared/domain/plan/read-plan.ts';
import { outcomeSchema } from '../../../../lambdas/shared/domain/run/outcome.ts';
import { sampleOutcome } from '../../../lib/cli/samples.ts';
import { aAttempt, aJob, aPlan, prefixes } from '../../../support/factories.ts';
import { memoryStore } from '../../../support/memory-store.ts';
import { expectOneSentence, messageOfRejection } from '../../../support/one-sentence.ts';

describe('what another version of the stack has written', () => {
  it.each([
    ['a later one', { formatVersion: 2 }, '2'],
    ['one from before there were formats', {}, 'none'],
    ['anybody', null, 'none'],
  ])('is refused in one sentence, by %s', (_, written, found) => {
    const require = () => requireFormat(written, () => 'The plan runs/night/plan.json');

    expect(require).toThrow(UnknownFormat);
    expect(require).toThrow(
      `The plan runs/night/plan.json has formatVersion ${found}, expected 1: use the version of media-batch that wrote it.`,
    );
  });

  it('is read where it is of the same format', () => {
    expect(() => requireFormat({ formatVersion: 1 }, () => 'It')).not.toThrow();
  });

  const where = { store: memoryStore(), prefixes };
  const readOutcome = async () => {
    const key = outcomeKey(prefixes, 'run-1');
    return parseWritten(outcomeSchema, await where.store.readJson(key), `The outcome ${key}`);
  };
  const files: [string, string, object, () => Promise<unknown>][] = [
    ['plan', planKey(prefixes, 'run-1'), aPlan(aJob()), () => readPlan('run-1', where)],
    ['plan of a job', planKey(prefixes, 'run-1'), aPlan(aJob()), () => getPlan('run-1', where)],
    ['attempt', attemptKey(prefixes, 'run-1', 2), aAttempt(aJob()), () => readAttempt('run-1', 2, where)],
    ['outcome', outcomeKey(prefixes, 'run-1'), sampleOutcome({ runId: 'run-1' }), readOutcome],
  ];

  it.each(files)('is no %s', async (_, key, content, read) => {
    where.store.put(key, { text: JSON.stringify({ ...content, formatVersion: 1 }) });
    expect(await read()).toMatchObject(content);

    where.store.put(key, { text: JSON.stringify({ ...content, formatVersion: 2 }) });
    expectOneSentence(await messageOfRejection(read(), 'UnknownFormat'), key, 'formatVersion 2');
  });
});
