import { describe, expect, it } from 'vitest';
import { emptyJoin, joinLine } from '../../../lambdas/collect-results/join-output.ts';
import { entryOf } from '../../../lambdas/collect-results/ledger-entry.ts';
import type { NotSent } from '../../../lambdas/shared/domain/job/job-records.ts';
import type { PlannedRecord } from '../../../lambdas/shared/domain/plan/plan.ts';
import { paddingRecordIdOf, recordIdOf } from '../../../lambdas/shared/domain/record/record.ts';
import { anAnalysis, aPlannedRecord } from '../../support/factories.ts';
import { answerLine, errorLine } from '../../support/output-lines.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const jobHash = 'abcdef012345';
const cutLine = (number: number, outputTokens = 100) =>
  answerLine(recordIdOf(jobHash, number), { stopReason: 'max_tokens', outputTokens });

interface Given {
  records?: readonly PlannedRecord[];
  notSent?: Record<number, NotSent>;
  lines?: readonly string[];
  inference?: { maxTokens?: number };
  isMissingRetryable?: boolean;
}

/** The ledger of a job of which Bedrock wrote these lines. */
function ledgerOf({ records = [aPlannedRecord(1)], notSent = {}, lines = [], ...given }: Given) {
  const { inference = { maxTokens: 100 }, isMissingRetryable = true } = given;
  const listed = {
    count: records.length,
    planned: (number: number) => records[number - 1] ?? aPlannedRecord(number),
    notSent: new Map(Object.entries(notSent).map(([number, why]) => [Number(number), why])),
  };
  const joined = emptyJoin(records.length);
  for (const line of lines) joinLine(line, { jobHash, ...listed }, joined);
  const facts = {
    jobHash,
    records: listed,
    joined,
    missing: { reason: 'no answer', isRetryable: isMissingRetryable },
    analyses: new Map([['shots', anAnalysis({ inference })]]),
    model: { maxOutputTokens: 5000 },
  };
  return { joined, ledger: records.map((_, at) => entryOf(at + 1, facts)) };
}

describe('what became of a record', () => {
  it.each([true, false])('says of a missing one whether the next attempt may have it: %s', (isMissingRetryable) => {
    const [entry] = ledgerOf({ isMissingRetryable }).ledger;

    expect(entry).toMatchObject({ outcome: 'missing', reason: 'no answer' });
    expect(entry?.retryable).toBe(isMissingRetryable || undefined);
  });

  it('says the same of a failed one by its error', () => {
    const lines = [errorLine(recordIdOf(jobHash, 1), 429, 'Slow'), errorLine(recordIdOf(jobHash, 2), 400, 'Bad')];
    const { ledger } = ledgerOf({ records: [aPlannedRecord(1), aPlannedRecord(2)], lines });

    expect(ledger.map(({ retryable }) => retryable)).toEqual([true, undefined]);
  });

  it('is what Prepare decided where the record was not sent, and never sent again', () => {
    const { ledger } = ledgerOf({
      records: [aPlannedRecord(1), aPlannedRecord(2)],
      notSent: {
        1: { outcome: 'skipped', reason: 'pending in another run' },
        2: { outcome: 'failed', reason: 'the media is gone' },
      },
    });

    expect(ledger).toMatchObject([
      { outcome: 'skipped', reason: 'pending in another run' },
      { outcome: 'failed', reason: 'the media is gone' },
    ]);
    expect(ledger.some((entry) => entry.retryable)).toBe(false);
  });

  it('keeps what earlier attempts made of it, whatever it is now', () => {
    const earlier = [{ recordId: 'fedcba543210-000007', reason: '429: Slow down' }];
    const records = [1, 2, 3, 4].map((number) => aPlannedRecord(number, { earlier }));
    const lines = [answerLine(recordIdOf(jobHash, 1)), errorLine(recordIdOf(jobHash, 2))];
    const { ledger } = ledgerOf({ records, lines, notSent: { 3: { outcome: 'skipped', reason: 'r' } } });

    expect(ledger.map(({ outcome }) => outcome)).toEqual(['succeeded', 'failed', 'skipped', 'missing']);
    for (const entry of ledger) expect(entry.earlier).toEqual(earlier);
  });
});

describe('an answer that was truncated, as others take for good', () => {
  it.each([
    ["at the analysis's limit", { inference: { maxTokens: 100 } }, 100],
    ['at the limit of a further attempt', { records: [aPlannedRecord(1, { maxTokens: 200 })] }, 200],
    ["at the model's own default, as far as its tokens tell", { inference: {}, lines: [cutLine(1, 321)] }, 321],
    ['one token below the most of the model', { inference: { maxTokens: 4999 } }, 4999],
  ])('%s is sent again with more room', (_, given, truncatedAtTokens) => {
    const [entry] = ledgerOf({ lines: [cutLine(1)], ...given }).ledger;

    expect(entry).toMatchObject({ outcome: 'failed', retryable: true, truncatedAtTokens });
  });

  it.each([
    ['the model has no more room', { inference: { maxTokens: 5000 } }],
    ['nobody knows how much room it had', { inference: {}, lines: [cutLine(1, 0)] }],
  ])('is not sent again where %s', (_, given) => {
    const [entry] = ledgerOf({ lines: [cutLine(1)], ...given }).ledger;

    expect(entry).toMatchObject({ outcome: 'failed' });
    expect(entry).toMatchObject({ retryable: undefined, truncatedAtTokens: undefined });
  });
});

describe('submitted = succeeded + failed + missing', () => {
  it.each(Array.from({ length: 50 }, (_, at) => at + 1))('whatever the output looks like, with seed %i', (seed) => {
    const random = seededRandom(seed);
    const count = 1 + random.below(60);
    const kinds = [
      (number: number) => answerLine(recordIdOf(jobHash, number)),
      (number: number) => errorLine(recordIdOf(jobHash, number)),
      (number: number) => cutLine(number),
      (number: number) => answerLine(paddingRecordIdOf(jobHash, number)),
      (number: number) => answerLine(recordIdOf('fedcba543210', number)),
      (number: number) => answerLine(recordIdOf(jobHash, number)).slice(0, -random.below(60)),
      () => '\u0000',
    ];
    const lines = Array.from({ length: random.below(150) }, () => {
      const kind = kinds[random.below(kinds.length)];
      return kind?.(random.below(count + 3)) ?? '';
    });
    const records = Array.from({ length: count }, (_, at) => aPlannedRecord(at + 1));

    const { joined, ledger } = ledgerOf({ records, lines: random.shuffled(lines) });

    const inLedger = (outcome: string) => ledger.filter((entry) => entry.outcome === outcome).length;
    expect(inLedger('succeeded') + inLedger('failed') + inLedger('missing')).toBe(count);
    expect(inLedger('succeeded')).toBe(joined.succeeded);
    expect(new Set(ledger.map(({ recordId }) => recordId)).size).toBe(count);
    for (const entry of ledger) expect(entry.outcome === 'succeeded').toBe(entry.reason === undefined);
  });
});
