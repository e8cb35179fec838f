import { outcomeOf } from '../../lambdas/report-run/outcome.ts';
import type { PageFacts } from '../../lambdas/report-run/page/facts.ts';
import { writeReport } from '../../lambdas/report-run/write-report.ts';
import type { Job, StatusChange } from '../../lambdas/shared/domain/job/job.ts';
import { ledgerKey, reportKey, resultsListKey } from '../../lambdas/shared/domain/keys.ts';
import type { Outcome } from '../../lambdas/shared/domain/run/outcome.ts';
import type { ResultsListLine } from '../../lambdas/shared/domain/run/results-list.ts';
import { aAttempt, aJob, anAnalysis, aPlan, prefixes, startOfStory } from './factories.ts';
import { memoryStore } from './memory-store.ts';

/** What a test wants of the page of a run; the rest is a night of three root jobs over 1,200 clips. */
export interface GivenReport {
  lines?: readonly ResultsListLine[];
  outcome?: Partial<Outcome>;
  facts?: Partial<PageFacts>;
  account?: string;
}

const hours = (count: number): string => new Date(startOfStory + count * 3_600_000).toISOString();

/** A line of the run's list: an answered video, unless the test says otherwise. */
export function aListLine(number: number, overrides: Partial<ResultsListLine> = {}): ResultsListLine {
  const key = `proxies/2026/C${String(number).padStart(4, '0')}.MP4`;
  const analysis = overrides.analysis ?? 'summary';
  return {
    key,
    analysis,
    outcome: 'succeeded',
    text: `Answer ${number}: a harbour at dawn, filmed from a pier in one wide shot; two boats leave and the light turns from blue to gold.`,
    inputTokens: 8000 + number,
    outputTokens: 200 + (number % 90),
    batchUsd: 0.0003 + number / 1e7,
    recordId: `abcdef012345-${String(number).padStart(6, '0')}`,
    jobName: 'nightly-1',
    resultUri: `s3://media-bucket/${prefixes.resultsPrefix}${analysis}/${overrides.key ?? key}.json`,
    ...overrides,
  };
}

const collected = {
  ...{ ledgerKey: 'ledger', skipped: 0, retryable: 0, inputTokens: 8_000_000, outputTokens: 340_000 },
  ...{ duplicateLines: 0, foreignLines: 0, outputLines: 1, foreignFiles: [] },
};
const answered = (submitted: number, missing: number) => ({
  submitted,
  succeeded: submitted - missing,
  failed: 0,
  missing,
});

function sampleJobs(): Job[] {
  const histories: StatusChange[][] = [
    [
      { status: 'Prepared', at: hours(0.2) },
      { status: 'Submitted', at: hours(0.25) },
      { status: 'Scheduled', at: hours(0.5) },
      { status: 'InProgress', at: hours(1.5) },
      { status: 'Completed', at: hours(5) },
    ],
    [
      { status: 'Waiting', at: hours(0.2), for: 'root' },
      { status: 'Planned', at: hours(5.1) },
      { status: 'Prepared', at: hours(5.3) },
      { status: 'Prepared', at: hours(5.3), for: 'slot' },
      { status: 'Submitted', at: hours(6.5) },
      { status: 'InProgress', at: hours(8) },
      { status: 'PartiallyCompleted', at: hours(12) },
    ],
    [
      { status: 'Waiting', at: hours(0.2), for: 'root' },
      { status: 'Planned', at: hours(12.1) },
      { status: 'Submitted', at: hours(12.4) },
      { status: 'InProgress', at: hours(13) },
      { status: 'Completed', at: hours(15) },
    ],
  ];
  return histories.map((history, at) =>
    aJob({
      ...{
        runId: 'nightly-20261102T090000Z',
        jobName: `nightly-${at + 1}`,
        number: at + 1,
        records: at === 2 ? 400 : 1000,
      },
      ...{ history, submittedAt: hours(1), endedAt: history.at(-1)?.at, status: history.at(-1)?.status ?? 'Planned' },
      ...{
        batchJobArn: 'arn:job',
        phase: 'closed',
        collected: { ...collected, records: answered(at === 2 ? 400 : 1000, at === 1 ? 12 : 1) },
      },
    }),
  );
}

/** Writes the page of such a run, and gives its HTML with what it was made of. */
export async function sampleReport(given: GivenReport = {}) {
  const { lines = sampleLines(), account = '111122223333' } = given;
  const jobs = sampleJobs();
  const [first = aJob()] = jobs;
  const analyses = ['summary', 'chapters'].map((name) => anAnalysis({ name, inference: { maxTokens: 1500 } }));
  const attempt = aAttempt(first, { jobs: jobs.flatMap((job) => aAttempt(job).jobs), records: 2400, jobsAtOnce: 1 });
  const usage = { inputTokens: 15_000_000, outputTokens: 520_000, batchUsd: 0.512, onDemandUsd: 1.024 };
  const estimate = {
    ...{ price: 'unknown', media: { total: 1200, lookedAt: 1200, unknown: 0 }, records: 2400 },
    ...{ ...usage, byAnalysis: {}, padding: { records: 0, usd: 0 }, staging: { objects: 0, bytes: 0, usd: 0 } },
    ...{ totalUsd: 0.61, atMostUsd: 0.83, batchUsd: 0.61, onDemandUsd: 1.22 },
    jobs: { count: 3, layout: 'root', layoutReason: 'the request says so', atOnce: 1, longestHours: 72 },
  } satisfies Outcome['estimate'] & object;
  const request = { media: { prefixes: ['proxies/'], include: ['**/*.{mp4,mov}'], newOnly: true }, maxCostUsd: 20 };
  const plan = aPlan(first, { request, analyses, firstAttempt: attempt, media: 1200, estimate });
  const count = (outcome: ResultsListLine['outcome']) => lines.filter((line) => line.outcome === outcome).length;
  const records = {
    submitted: lines.length,
    succeeded: count('succeeded'),
    failed: count('failed'),
    missing: count('missing'),
  };
  const summed = outcomeOf(
    {
      ...{
        runId: first.runId,
        status: 'PartlySucceeded',
        endedAt: hours(15.1),
        plan,
        attempts: [attempt],
        jobs,
        isListed: true,
        records,
      },
      reasons: [
        { outcome: 'missing', reason: 'the job ran out of time before this record was answered', records: 12 },
        { outcome: 'failed', reason: '400: The video could not be decoded.', records: 3 },
      ],
      skipped: { total: 250, byReason: { 'answered by an earlier run': 240, 'neither a video nor an image': 10 } },
      byAnalysis: new Map(),
    },
    'media-bucket',
    prefixes,
  );
  const byAnalysis = {
    summary: usage,
    chapters: { ...usage, inputTokens: 9_000_000, batchUsd: 0.31, onDemandUsd: 0.62 },
  };
  const cost = { inputTokens: 24_000_000, outputTokens: 1_040_000, batchUsd: 0.822, onDemandUsd: 1.644, byAnalysis };
  const outcome: Outcome = { ...summed, cost, ...given.outcome };
  const facts: PageFacts = {
    run: {
      ...{ runId: first.runId, status: 'Running', startedAt: hours(0), jobCount: 3 },
      executionArns: [`arn:aws:states:eu-west-1:${account}:execution:Runs:${first.runId}`],
      requestJson: JSON.stringify(request),
    },
    ...{ outcome, plan, attempts: [attempt], jobs, bucket: 'media-bucket', prefixes },
    ...given.facts,
  };
  const store = memoryStore();
  const text = (some: readonly unknown[]) => some.map((line) => `${JSON.stringify(line)}\n`).join('');
  const { runId } = facts.run;
  store.put(resultsListKey(prefixes, runId, 'ndjson'), { text: text(lines) });
  store.put(ledgerKey(prefixes, runId), { text: text(lines.map(({ jobName: _jobName, ...line }) => line)) });
  const warnings: unknown[] = [];
  const log = { warn: (_message: string, fields: unknown) => void warnings.push(fields) };
  const isWritten = await writeReport(facts, { store, log });
  const key = reportKey(prefixes, runId);
  return { isWritten, warnings, facts, store, key, html: store.textOf(key)?.text ?? '' };
}

/** 1,200 clips asked two analyses, a few of which came to nothing. */
export function sampleLines(count = 2400): ResultsListLine[] {
  return Array.from({ length: count }, (_, at) => {
    const number = Math.floor(at / 2) + 1;
    const analysis = at % 2 === 0 ? 'summary' : 'chapters';
    const reason =
      at % 200 === 150
        ? 'the job ran out of time before this record was answered'
        : '400: The video could not be decoded.';
    if (at % 200 !== 150 && at % 800 !== 333) return aListLine(number, { analysis });
    const outcome = at % 200 === 150 ? 'missing' : 'failed';
    return aListLine(number, {
      analysis,
      outcome,
      reason,
      text: undefined,
      resultUri: undefined,
      inputTokens: undefined,
      outputTokens: undefined,
      batchUsd: undefined,
    });
  });
}
