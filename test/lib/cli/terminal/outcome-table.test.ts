import { describe, expect, it } from 'vitest';
import { jobsTable, outcomeTable } from '../../../../lib/cli/terminal/outcome-table.ts';
import { capturedContext } from '../captured-context.ts';
import { sampleArn, sampleJob, sampleOutcome } from '../samples.ts';

const { out } = capturedContext().context.output;
const [job] = sampleOutcome().jobs;
if (job === undefined) throw new Error('The sample outcome has no job.');

/** The table as name and value of each line. */
function rowsOf(table: string): string[][] {
  return table
    .trimEnd()
    .split('\n')
    .map((line) => line.split(/ {2,}/));
}

describe('the table at the end', () => {
  it('shows counts, cost beside on demand, locations, and the job with its ARN and keys', () => {
    expect(rowsOf(outcomeTable(sampleOutcome(), out))).toEqual([
      ['run', 'run-1'],
      ['status', 'Succeeded'],
      ['media', '40'],
      ['records', '120 of 120 succeeded'],
      ['layout', 'root (the request says so)'],
      ['cost', '$0.00828 as a batch, $0.0166 on demand (180,000 tokens in, 24,000 out)'],
      ['results', 's3://media-1/nova/batch/results/'],
      ['ledger', 's3://media-1/nova/batch/runs/run-1/ledger/'],
      ['outcome', 's3://media-1/nova/batch/runs/run-1/outcome.json'],
      [''],
      ['job', 'run-ab12cd-1'],
      ['status', 'Completed'],
      ['records', '120 of 120 succeeded'],
      ['batchJobArn', sampleArn],
      ['batchInputS3Key', 'batch_input_run-ab12cd-1.jsonl'],
      ['batchOutputS3Prefix', 'nova/batch/output/run-ab12cd-1/'],
    ]);
  });

  it('shows the cost of each analysis, tokens not included, problems of answers, and the lists', () => {
    const usage = { inputTokens: 90_000, outputTokens: 12_000, batchUsd: 0.00414, onDemandUsd: 0.00828 };
    const unaccounted = { jobs: 1, inputTokens: 1_000_000, outputTokens: 0, batchUsd: 0.03 };
    const cost = { ...sampleOutcome().cost, byAnalysis: { shots: usage, summary: usage }, unaccounted };
    const lists = { resultsListUri: 's3://b/r/results.ndjson', resultsCsvUri: 's3://b/r/results.csv' };
    const table = outcomeTable(sampleOutcome({ cost, answers: { repaired: 3, invalid: 12 }, ...lists }), out);

    expect(table).toMatch(/^ +shots: \$0\.00414 \(90,000 tokens in, 12,000 out\)\n +summary: /m);
    expect(table).toMatch(
      /^not included +\$0\.03: Bedrock's totals of 1 job differ .* by 1,000,000 tokens in, 0 out$/m,
    );
    expect(table).toContain('3 had broken JSON that was repaired, 12 do not match their schema');
    expect(table).toMatch(/^list +s3:\/\/b\/r\/results\.ndjson\n +s3:\/\/b\/r\/results\.csv$/m);
  });

  it('lets no key in a reason control the terminal', () => {
    const reason = 'the media a\u001b[2J\u0007\r\u009b.mp4 is gone';

    const table = outcomeTable(sampleOutcome({ reason, reasons: [{ outcome: 'failed', reason, records: 1 }] }), out);

    expect(table).toMatch(/^reason +the media a�\[2J���\.mp4 is gone$/m);
    expect(table).not.toMatch(/[^\P{Cc}\n]/u);
  });

  it('shows the cost once for a single analysis, and no row about answers without problems', () => {
    const usage = { inputTokens: 1, outputTokens: 1, batchUsd: 0.00828, onDemandUsd: 0.0166 };
    const cost = { ...sampleOutcome().cost, byAnalysis: { summary: usage } };

    const table = outcomeTable(sampleOutcome({ cost, answers: { repaired: 0, invalid: 0 } }), out);

    expect(table).not.toMatch(/summary|answers/);
  });

  it('shows what failed, what is missing, what was skipped and why', () => {
    const records = { submitted: 120, succeeded: 100, failed: 15, missing: 5 };
    const skipped = { total: 3, byReason: { 'not a video': 2, 'over 1 GB': 1 } };
    const table = outcomeTable(sampleOutcome({ records, skipped, reason: 'Twenty records did not succeed.' }), out);

    expect(table).toContain('100 of 120 succeeded, 15 failed, 5 missing');
    expect(table).toContain('40, and 3 skipped (2 not a video; 1 over 1 GB)');
    expect(table).toContain('Twenty records did not succeed.');
  });

  it('shows grouped reasons, what was sent again, what was copied and what foreign inputs cost', () => {
    const reasons = [
      { outcome: 'failed', reason: '400: Bad video', records: 15 },
      { outcome: 'missing', reason: 'the job expired before it began', records: 5 },
    ] as const;
    const layout = { layout: 'staged', reason: 'auto: x.jsonl lies there', stagedBytes: 12_340_000, stagedUsd: 0.01 };
    const cost = { ...sampleOutcome().cost, foreignUsd: 0.25 };
    const jobs = [{ ...job, attempt: 2 }];
    const table = outcomeTable(sampleOutcome({ reasons: [...reasons], layout, cost, attempts: 2, jobs }), out);

    expect(table).toMatch(/^ +15 failed: 400: Bad video\n +5 missing: the job expired before it began$/m);
    expect(table).toMatch(/^layout +staged \(auto: x\.jsonl lies there\); copied 12\.3 MB for about \$0\.01$/m);
    expect(table).toMatch(/^attempts +2: retryable failures were sent again$/m);
    expect(table).toMatch(/^foreign records +\$0\.25 on top for foreign records that ran in our jobs$/m);
    expect(table).toMatch(/^attempt +2$/m);
  });

  it('shows the folder of the results on this machine, if there is one', () => {
    expect(outcomeTable(sampleOutcome(), out, '/data/results')).toMatch(/^on this machine +\/data\/results$/m);
  });

  it.each([
    ['unknown', 'unknown'],
    [0, '$0.00'],
    [0.0000034567, '$0.00000346'],
    [0.99, '$0.99'],
    [1.005, '$1.01'],
    [1234.5, '$1,234.50'],
  ] as const)('shows a cost of %s as %s', (batchUsd, text) => {
    const cost = { inputTokens: 0, outputTokens: 0, batchUsd, onDemandUsd: batchUsd };

    expect(outcomeTable(sampleOutcome({ cost }), out)).toContain(`${text} as a batch, ${text} on demand`);
  });

  it('shows padding separately and says when a job was never created', () => {
    const jobs = [
      { ...job, paddingRecords: 99, batchJobArn: undefined, status: 'Failed', reason: 'Create was refused.' },
    ];
    const table = outcomeTable(sampleOutcome({ jobs }), out);

    expect(table).toContain('120 of 120 succeeded, and 99 of padding');
    expect(table).toMatch(/^batchJobArn +none: the job was never created$/m);
    expect(table).toMatch(/^reason +Create was refused\.$/m);
  });

  it('shows 20 jobs and where the others are', () => {
    const jobs = Array.from({ length: 100 }, (_, at) => ({ ...job, jobName: `job-${at}` }));
    const table = outcomeTable(sampleOutcome({ jobs, jobCount: 130 }), out);

    expect(table.match(/^batchJobArn/gm)).toHaveLength(20);
    expect(table).toContain('110 more jobs are in s3://media-1/nova/batch/runs/run-1/outcome.json');
  });

  it('has colours only on a terminal, and no spaces at line ends', () => {
    expect(outcomeTable(sampleOutcome(), out)).toMatch(/^[\x20-\x7e\n]+$/);
    expect(outcomeTable(sampleOutcome(), out)).not.toMatch(/ $/m);
  });

  it('is empty for a run without jobs and without an outcome', () => {
    expect(jobsTable([], out)).toBe('');
  });

  it('shows jobs without an outcome from the table', () => {
    const table = jobsTable([sampleJob({ failure: { error: 'X', reason: 'too few records' } })], out);

    expect(table).toMatch(/^records +120 planned$/m);
    expect(table).toMatch(/^reason +too few records$/m);
  });
});
