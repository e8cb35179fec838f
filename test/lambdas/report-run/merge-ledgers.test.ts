import { describe, expect, it } from 'vitest';
import { mergeLedgers } from '../../../lambdas/report-run/merge-ledgers.ts';
import type { LedgerEntry, SubmittedEntry } from '../../../lambdas/shared/domain/record/ledger.ts';
import { seededRandom } from '../../support/seeded-random.ts';

/** An entry such as `r2-7`: that of record 7 in attempt 2, with its sendings before. */
function entry(id: string, outcome: LedgerEntry['outcome'], given: Partial<SubmittedEntry> = {}) {
  const [, attempt = '', number = ''] = /^r(\d)-(\d+)$/.exec(id) ?? [];
  const attempts = Array.from({ length: Number(attempt) - 1 }, (_, at) => at + 1);
  const earlier = attempts.map((before) => ({ recordId: `r${before}-${number}`, reason: 'why' }));
  const base = { recordId: id, key: `${number}.mp4`, analysis: 'shots', outcome };
  return { ...base, ...(earlier.length > 0 ? { earlier } : {}), ...given };
}

const again = { retryable: true };

/** Attempts whose ledgers are streams, with a look at how far each was read and whether it was closed. */
function attempts(...all: LedgerEntry[][]) {
  const seen = all.map(() => ({ read: 0, isClosed: false }));
  const streams = all.map(async function* (entries, at) {
    const state = seen[at];
    if (state === undefined) return;
    try {
      for (const one of entries) {
        state.read += 1;
        yield one;
      }
    } finally {
      state.isClosed = true;
    }
  });
  return { streams, seen };
}

const merged = async (...all: LedgerEntry[][]) => {
  const lines: string[] = [];
  for await (const { recordId, outcome } of mergeLedgers(attempts(...all).streams))
    lines.push(`${recordId} ${outcome}`);
  return lines;
};

describe('the ledger of a run', () => {
  it('is that of its only attempt', async () => {
    expect(await merged([entry('r1-1', 'succeeded'), entry('r1-2', 'missing', again)])).toEqual([
      'r1-1 succeeded',
      'r1-2 missing',
    ]);
  });

  it('is empty without attempts', async () => {
    expect(await merged()).toEqual([]);
  });

  it('has each record once, as the last of three attempts left it, in the order of the first', async () => {
    const first = [
      entry('r1-1', 'succeeded'),
      entry('r1-2', 'failed', again),
      entry('r1-3', 'failed'),
      entry('r1-4', 'missing', again),
      entry('r1-5', 'missing', again),
    ];
    const second = [entry('r2-2', 'succeeded'), entry('r2-4', 'failed', again), entry('r2-5', 'missing', again)];
    const third = [entry('r3-4', 'succeeded'), entry('r3-5', 'failed')];

    expect(await merged(first, second, third)).toEqual([
      'r1-1 succeeded',
      'r2-2 succeeded',
      'r1-3 failed',
      'r3-4 succeeded',
      'r3-5 failed',
    ]);
  });

  it('leaves a record what it was where a later attempt did not send it', async () => {
    const first = [entry('r1-1', 'failed', again), entry('r1-2', 'missing', again), entry('r1-3', 'missing', again)];
    const second = [entry('r2-1', 'skipped'), entry('r2-2', 'failed', again), entry('r2-3', 'succeeded')];
    const third = [entry('r3-2', 'skipped')];

    expect(await merged(first, second, third)).toEqual(['r1-1 failed', 'r2-2 failed', 'r2-3 succeeded']);
  });

  it('leaves a record what it was where no later attempt was planned, or one without it', async () => {
    const first = [entry('r1-1', 'failed', again), entry('r1-2', 'failed', again), entry('r1-3', 'failed', again)];

    expect(await merged(first)).toEqual(['r1-1 failed', 'r1-2 failed', 'r1-3 failed']);
    expect(await merged(first, [entry('r2-2', 'succeeded')])).toEqual(['r1-1 failed', 'r2-2 succeeded', 'r1-3 failed']);
  });

  it('reads the attempts side by side, never one of them ahead, and closes them', async () => {
    const first = Array.from({ length: 100 }, (_, at) => entry(`r1-${at}`, 'missing', again));
    const second = Array.from({ length: 100 }, (_, at) => entry(`r2-${at}`, 'missing', again));
    const third = Array.from({ length: 100 }, (_, at) => entry(`r3-${at}`, 'succeeded'));
    const { streams, seen } = attempts(first, second, third);
    let count = 0;

    for await (const _ of mergeLedgers(streams)) {
      count += 1;
      for (const { read } of seen) expect(Math.abs(read - count)).toBeLessThanOrEqual(1);
      if (count === 50) break;
    }

    expect(seen.map(({ isClosed }) => isClosed)).toEqual([true, true, true]);
  });

  it.each(Array.from({ length: 20 }, (_, at) => at + 1))('has every record once, with seed %i', async (seed) => {
    const random = seededRandom(seed);
    const outcomes = ['succeeded', 'failed', 'missing'] as const;
    const attemptOf = (attempt: number, numbers: readonly number[]) =>
      numbers.map((number) => {
        const outcome = attempt > 1 && random.below(8) === 0 ? 'skipped' : (outcomes[random.below(3)] ?? 'failed');
        const isRetryable = (outcome === 'failed' || outcome === 'missing') && random.below(2) === 0;
        return entry(`r${attempt}-${number}`, outcome, isRetryable ? again : {});
      });
    const all = [
      attemptOf(
        1,
        Array.from({ length: random.below(80) }, (_, at) => at),
      ),
    ];
    for (let attempt = 2; attempt <= 4; attempt++) {
      const left = (all.at(-1) ?? []).filter(({ retryable }) => retryable);
      all.push(
        attemptOf(
          attempt,
          left.map(({ recordId }) => Number(recordId.slice(3))),
        ),
      );
    }
    const expected = (all[0] ?? []).map(({ recordId }) => {
      const sent = all.flat().filter((one) => one.recordId.slice(3) === recordId.slice(3) && one.outcome !== 'skipped');
      return `${sent.at(-1)?.recordId} ${sent.at(-1)?.outcome}`;
    });

    expect(await merged(...all)).toEqual(expected);
  });
});
