import { describe, expect, it } from 'vitest';
import type { Estimate } from '../../../../lambdas/shared/domain/plan/estimate.ts';
import { estimateRows } from '../../../../lib/cli/terminal/estimate-rows.ts';
import { outcomeTable } from '../../../../lib/cli/terminal/outcome-table.ts';
import { progressLines } from '../../../../lib/cli/terminal/progress.ts';
import { capturedContext } from '../captured-context.ts';
import { sampleOutcome, sampleRun } from '../samples.ts';

const cost = { records: 80, inputTokens: 120_000, outputTokens: 20_000, batchUsd: 0.006, onDemandUsd: 0.012 };
const estimate: Estimate = {
  ...cost,
  price: { input: 0.00006, output: 0.00024, asOf: '2026-08-28', source: 'https://prices' },
  media: { total: 80, lookedAt: 80, unknown: 0 },
  byAnalysis: { summary: cost },
  padding: { records: 20, usd: 0.00001 },
  staging: { objects: 0, bytes: 0, usd: 0 },
  totalUsd: 0.00601,
  atMostUsd: 0.0085,
  jobs: { count: 1, layout: 'root', layoutReason: 'root is the default', atOnce: 1, longestHours: 84 },
};

describe('the table of a dry run', () => {
  it('shows what would be sent and what it would cost, and nothing that was sent', () => {
    const none = { submitted: 0, succeeded: 0, failed: 0, missing: 0 };
    const dryRun = { status: 'Planned', records: none, jobs: [], jobCount: 0, attempts: 0, layout: undefined } as const;
    const { out } = capturedContext().context.output;

    const table = outcomeTable(sampleOutcome({ ...dryRun, jobs: [], estimate }), out);

    expect(table.split('\n').map((line) => line.split(/ {2,}/))).toEqual([
      ['run', 'run-1'],
      ['status', 'Planned'],
      ['media', '40'],
      ['would send', '80 records in 1 job, 84 hours at most once they start'],
      ['layout', 'root (root is the default)'],
      ['estimate', '$0.006 as a batch, $0.012 on demand (120,000 tokens in, 20,000 out)'],
      ['', 'summary: $0.006 as a batch, $0.012 on demand, 80 records'],
      ['padding', '$0.00001 for 20 records'],
      ['in all', 'about $0.00601, and at most $0.0085 before retries'],
      ['price', '$0.00006 in and $0.00024 out per 1,000 tokens on demand (https://prices, 2026-08-28)'],
      ['ledger', 's3://media-1/nova/batch/runs/run-1/ledger/'],
      ['outcome', 's3://media-1/nova/batch/runs/run-1/outcome.json'],
      [''],
    ]);
  });

  it('shows what makes it less certain: a sample, unreadable lengths, an unverified or unknown price', () => {
    const media = { total: 300_000, lookedAt: 2000, unknown: 12 };
    const price = { input: 1, output: 2, source: 'a table', isUnverified: true };
    const staging = { objects: 3, bytes: 5e9, usd: 0.1 };

    expect(estimateRows({ ...estimate, media, price, staging }, false)).toEqual(
      expect.arrayContaining([
        ['estimated from', '2,000 of 300,000 files'],
        ['of these', '12 have no readable length or size and count as the longest'],
        ['copies', '$0.10 for 3 copied objects, 5 GB'],
        ['price', '$1 in and $2 out per 1,000 tokens on demand (a table, unverified)'],
      ]),
    );
    const unpriced = { ...estimate, price: 'unknown', totalUsd: 'unknown', atMostUsd: 'unknown' } as const;
    expect(estimateRows(unpriced, false)).toEqual(
      expect.arrayContaining([
        ['in all', 'about unknown, and at most unknown before retries'],
        ['price', 'unknown: set it with the setting modelPrices'],
      ]),
    );
  });
});

describe('a run that was sent', () => {
  it('has its estimate in one line under its cost', () => {
    const { out } = capturedContext().context.output;

    const table = outcomeTable(sampleOutcome({ estimate }), out);
    expect(table).toMatch(/^cost +\$0\.00828 as a batch.*\nestimate .*\nresults /m);
    expect(table).toMatch(/^estimate +\$0\.006 as a batch, \$0\.012 on demand \(120,000 tokens in, 20,000 out\)$/m);
  });

  it('shows its estimate with its plan', () => {
    const { context, written } = capturedContext();
    const { planned } = sampleRun();
    const numbers = { totalUsd: 0.00601, atMostUsd: 0.0085 };

    progressLines(context.output.err).update([], sampleRun({ planned: planned && { ...planned, estimate: numbers } }));

    expect(written.err).toMatch(/^estimate: about \$0\.00601, at most \$0\.0085$/m);
  });
});
