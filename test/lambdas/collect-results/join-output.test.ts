import { describe, expect, it } from 'vitest';
import { emptyJoin, joinLine } from '../../../lambdas/collect-results/join-output.ts';
import { paddingRecordIdOf, recordIdOf } from '../../../lambdas/shared/domain/record/record.ts';
import { answerLine, errorLine } from '../../support/output-lines.ts';

const jobHash = 'abcdef012345';

/** Joins lines to so many records, of which some were not sent. */
function join(lines: readonly string[], count: number, notSent: readonly number[] = []) {
  const sent = { jobHash, count, notSent: new Set(notSent) };
  const joined = emptyJoin(count);
  const answers = lines.map((line) => joinLine(line, sent, joined)).filter((answer) => answer !== undefined);
  const answered = joined.outcomes.filter((outcome) => outcome !== undefined);
  const failed = answered.filter(({ failure }) => failure !== undefined).length;
  return { joined, answers, counts: { succeeded: joined.succeeded, failed, missing: count - answered.length } };
}

describe('joining by recordId', () => {
  it('does not depend on the order of the lines', () => {
    const lines = [3, 1, 2].map((number) => answerLine(recordIdOf(jobHash, number)));

    const { answers, counts } = join(lines, 3);

    expect(answers.map(({ number }) => number)).toEqual([3, 1, 2]);
    expect(counts).toEqual({ succeeded: 3, failed: 0, missing: 0 });
  });

  it('counts an error line, which has no modelOutput, as failed and goes on', () => {
    const { joined, counts } = join([errorLine(recordIdOf(jobHash, 1)), answerLine(recordIdOf(jobHash, 2))], 2);

    expect(counts).toEqual({ succeeded: 1, failed: 1, missing: 0 });
    expect(joined.outcomes[1]).toMatchObject({ failure: '400: Bad video' });
  });

  it('counts what no line answers as missing, although the job may say Completed', () => {
    const { counts } = join([answerLine(recordIdOf(jobHash, 2))], 3);

    expect(counts).toEqual({ succeeded: 1, failed: 0, missing: 2 });
  });

  it('takes the first of several lines for a record, whatever the others say, and counts its tokens once', () => {
    const id = recordIdOf(jobHash, 1);
    const { answers, joined, counts } = join([answerLine(id, { text: 'first' }), answerLine(id), errorLine(id)], 1);

    expect(answers).toMatchObject([{ number: 1, answer: { text: 'first' } }]);
    expect(counts).toEqual({ succeeded: 1, failed: 0, missing: 0 });
    expect(joined).toMatchObject({ duplicateLines: 2, foreignLines: 0, usage: { inputTokens: 100, outputTokens: 10 } });
  });

  it('leaves padding out of everything but the tokens, which are paid for', () => {
    const lines = [
      answerLine(recordIdOf(jobHash, 1)),
      answerLine(paddingRecordIdOf(jobHash, 1), { inputTokens: 4, outputTokens: 1 }),
    ];
    const { answers, joined, counts } = join([...lines, errorLine(paddingRecordIdOf(jobHash, 2))], 1);

    expect(answers).toHaveLength(1);
    expect(counts).toEqual({ succeeded: 1, failed: 0, missing: 0 });
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
    expect(counts).toEqual({ succeeded: 1, failed: 0, missing: 1 });
  });

  it('takes no answer for a record that was not sent', () => {
    const { joined, answers } = join([answerLine(recordIdOf(jobHash, 1)), answerLine(recordIdOf(jobHash, 2))], 2, [1]);

    expect(answers).toMatchObject([{ number: 2 }]);
    expect(joined).toMatchObject({ foreignLines: 1, succeeded: 1 });
  });

  it('sets the first 1,000 foreign lines aside with their place, and 1,000 characters of each', () => {
    const long = 'x'.repeat(5000);
    const { joined } = join([answerLine(recordIdOf(jobHash, 1)), ...Array<string>(1200).fill(long)], 1);

    expect(joined.foreignLines).toBe(1200);
    expect(joined.setAside).toHaveLength(1000);
    expect(JSON.parse(joined.setAside[0] ?? '')).toEqual({ line: 2, text: 'x'.repeat(1000) });
  });

  it('pays for a truncated answer but does not take it for a good one', () => {
    const { answers, joined, counts } = join([answerLine(recordIdOf(jobHash, 1), { stopReason: 'max_tokens' })], 1);

    expect(answers).toEqual([]);
    expect(counts).toEqual({ succeeded: 0, failed: 1, missing: 0 });
    expect(joined.usage).toEqual({ inputTokens: 100, outputTokens: 10 });
    expect(joined.outcomes[1]?.isTruncated).toBe(true);
  });
});
