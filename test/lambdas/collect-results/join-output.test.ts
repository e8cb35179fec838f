import { describe, expect, it } from 'vitest';
import {
  countRecords,
  emptyJoin,
  joinLine,
  ledgerEntryOf,
  missingReasonOf,
} from '../../../lambdas/collect-results/join-output.ts';
import { bedrockStatusSchema, statusMeaning } from '../../../lambdas/shared/jobs.ts';
import { paddingRecordIdOf, recordIdOf } from '../../../lambdas/shared/records.ts';
import { aJob, aPlannedRecord } from '../../support/factories.ts';
import { answerLine, errorLine } from '../../support/output-lines.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const jobHash = 'abcdef012345';

function join(lines: readonly string[], records: number) {
  const job = aJob({ records, paddingRecords: 100 - records });
  const joined = emptyJoin();
  const answers = lines.map((line) => joinLine(line, job, joined)).filter((answer) => answer !== undefined);
  return { job, joined, answers, counts: countRecords(job, joined) };
}

describe('joining by recordId', () => {
  it('does not depend on the order of the lines', () => {
    const lines = [3, 1, 2].map((number) => answerLine(recordIdOf(jobHash, number)));

    const { answers, counts } = join(lines, 3);

    expect(answers.map(({ number }) => number)).toEqual([3, 1, 2]);
    expect(counts).toEqual({ submitted: 3, succeeded: 3, failed: 0, missing: 0 });
  });

  it('counts an error line, which has no modelOutput, as failed and goes on', () => {
    const { joined, counts } = join([errorLine(recordIdOf(jobHash, 1)), answerLine(recordIdOf(jobHash, 2))], 2);

    expect(counts).toEqual({ submitted: 2, succeeded: 1, failed: 1, missing: 0 });
    expect(ledgerEntryOf(aPlannedRecord(1), 1, joined, '')).toMatchObject({
      outcome: 'failed',
      reason: '400: Bad video',
    });
  });

  it('counts what no line answers as missing, although the job may say Completed', () => {
    const { joined, counts } = join([answerLine(recordIdOf(jobHash, 2))], 3);

    expect(counts).toEqual({ submitted: 3, succeeded: 1, failed: 0, missing: 2 });
    expect(ledgerEntryOf(aPlannedRecord(3), 3, joined, 'no answer')).toEqual({
      recordId: 'abcdef012345-000003',
      key: 'proxies/C0003.MP4',
      analysis: 'shots',
      outcome: 'missing',
      reason: 'no answer',
    });
  });

  it('takes the first of several lines for a record, whatever the others say, and counts its tokens once', () => {
    const id = recordIdOf(jobHash, 1);
    const { answers, joined, counts } = join([answerLine(id, { text: 'first' }), answerLine(id), errorLine(id)], 1);

    expect(answers).toMatchObject([{ number: 1, answer: { text: 'first' } }]);
    expect(counts).toEqual({ submitted: 1, succeeded: 1, failed: 0, missing: 0 });
    expect(joined).toMatchObject({ duplicateLines: 2, foreignLines: 0, usage: { inputTokens: 100, outputTokens: 10 } });
  });

  it('leaves padding out of everything but the tokens, which are paid for', () => {
    const lines = [
      answerLine(recordIdOf(jobHash, 1)),
      answerLine(paddingRecordIdOf(jobHash, 1), { inputTokens: 4, outputTokens: 1 }),
    ];
    const { answers, joined, counts } = join([...lines, errorLine(paddingRecordIdOf(jobHash, 2))], 1);

    expect(answers).toHaveLength(1);
    expect(counts).toEqual({ submitted: 1, succeeded: 1, failed: 0, missing: 0 });
    expect(joined).toMatchObject({ duplicateLines: 0, foreignLines: 0, usage: { inputTokens: 104, outputTokens: 11 } });
  });

  it.each([
    'no JSON',
    '{"recordId":"abcdef012345-000001"',
    answerLine('000000000000-000001'),
    answerLine('CUST-1'),
    answerLine('abcdef012345-000000'),
    answerLine('abcdef012345-000003'),
    answerLine('abcdef012345-99999999999999999999999'),
  ])('sets a foreign or malformed line aside: %j', (line) => {
    const { answers, joined, counts } = join([line, answerLine(recordIdOf(jobHash, 2))], 2);

    expect(answers).toMatchObject([{ number: 2 }]);
    expect(joined).toMatchObject({ foreignLines: 1, usage: { inputTokens: 100, outputTokens: 10 } });
    expect(counts).toEqual({ submitted: 2, succeeded: 1, failed: 0, missing: 1 });
  });

  it('pays for a cut answer but does not take it for a good one', () => {
    const { answers, joined, counts } = join([answerLine(recordIdOf(jobHash, 1), { stopReason: 'max_tokens' })], 1);

    expect(answers).toEqual([]);
    expect(counts).toEqual({ submitted: 1, succeeded: 0, failed: 1, missing: 0 });
    expect(joined.usage).toEqual({ inputTokens: 100, outputTokens: 10 });
  });
});

describe('submitted = succeeded + failed + missing', () => {
  it.each(Array.from({ length: 50 }, (_, at) => at + 1))('whatever the output looks like, with seed %i', (seed) => {
    const random = seededRandom(seed);
    const records = 1 + random.below(60);
    const kinds = [
      (number: number) => answerLine(recordIdOf(jobHash, number)),
      (number: number) => errorLine(recordIdOf(jobHash, number)),
      (number: number) => answerLine(recordIdOf(jobHash, number), { stopReason: 'max_tokens' }),
      (number: number) => answerLine(paddingRecordIdOf(jobHash, number)),
      (number: number) => answerLine(recordIdOf('fedcba543210', number)),
      (number: number) => answerLine(recordIdOf(jobHash, number)).slice(0, -random.below(60)),
      () => '\u0000',
    ];
    const lines = Array.from({ length: random.below(150) }, () => {
      const kind = kinds[random.below(kinds.length)];
      return kind?.(random.below(records + 3)) ?? '';
    });

    const { job, joined, answers, counts } = join(random.shuffled(lines), records);

    const ledger = Array.from({ length: records }, (_, at) =>
      ledgerEntryOf(aPlannedRecord(at + 1), at + 1, joined, missingReasonOf(job)),
    );
    const inLedger = (outcome: string) => ledger.filter((entry) => entry.outcome === outcome).length;
    expect(counts.succeeded + counts.failed + counts.missing).toBe(counts.submitted);
    expect(counts).toEqual({
      submitted: records,
      succeeded: inLedger('succeeded'),
      failed: inLedger('failed'),
      missing: inLedger('missing'),
    });
    expect(counts.missing).toBeGreaterThanOrEqual(0);
    expect(answers).toHaveLength(counts.succeeded);
    expect(new Set(answers.map(({ number }) => number)).size).toBe(answers.length);
    for (const entry of ledger) expect(entry.outcome === 'succeeded').toBe(entry.reason === undefined);
  });
});

describe('the reason of a missing record', () => {
  it.each(bedrockStatusSchema.options)('is never empty, as after %s', (status) => {
    const { over, reason } = statusMeaning[status];

    expect(missingReasonOf({ status, batchJobArn: 'arn' })).toBe(over ? reason : `the job was last seen ${status}`);
  });

  it('adds what Bedrock or a step said', () => {
    const failure = { error: 'JobFailed', reason: 'less records (1) than the required minimum of: 100' };

    expect(missingReasonOf({ status: 'Failed', batchJobArn: 'arn', failure })).toBe(
      'the job failed: less records (1) than the required minimum of: 100',
    );
  });

  it('says so when the record was never sent', () => {
    const failure = { error: 'JobRefused', reason: 'No access.' };

    expect(missingReasonOf({ status: 'Prepared' })).toBe('never sent: the job was not made');
    expect(missingReasonOf({ status: 'Waiting', failure })).toBe('never sent: No access.');
  });
});
