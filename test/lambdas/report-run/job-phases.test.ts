import { describe, expect, it } from 'vitest';
import { spansOf, timeIn } from '../../../lambdas/report-run/page/job-phases.ts';
import { aJob } from '../../support/factories.ts';

const at = (minute: number) => new Date(Date.UTC(2026, 10, 2, 9, minute)).toISOString();
const minutesIn = (spans: ReturnType<typeof spansOf>) =>
  spans.map(({ phase, from, to }) => [phase, (to - from) / 60_000]);

describe('the life of a job', () => {
  it('has no gaps, and takes states that mean the same to people together', () => {
    const history = [
      { status: 'Prepared', at: at(2) },
      { status: 'Prepared', at: at(3), for: 'slot' },
      { status: 'Submitted', at: at(5) },
      { status: 'Validating', at: at(6) },
      { status: 'InProgress', at: at(10) },
      { status: 'Completed', at: at(20) },
    ] as const;
    const spans = spansOf(aJob({ history: [...history], endedAt: at(20) }), at(0), at(25));

    expect(minutesIn(spans)).toEqual([
      ['before', 3],
      ['slot', 2],
      ['queued', 5],
      ['running', 10],
    ]);
    expect(timeIn(spans, 'queued', 'running')).toBe(15 * 60_000);
  });

  it('that was never sent lasts until its run ended', () => {
    const waiting = aJob({ history: [{ status: 'Waiting', at: at(1), for: 'root' }] });

    expect(minutesIn(spansOf(waiting, at(0), at(9)))).toEqual([
      ['before', 1],
      ['root', 8],
    ]);
  });

  it('never goes back where clocks differ', () => {
    const history = [
      { status: 'Submitted' as const, at: at(0) },
      { status: 'InProgress' as const, at: at(8) },
    ];

    expect(minutesIn(spansOf(aJob({ history, endedAt: at(6) }), at(2), at(9)))).toEqual([['queued', 6]]);
  });
});
