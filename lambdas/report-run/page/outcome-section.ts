import type { VNode } from 'preact';
import { countText, numberText } from '../../shared/text/amounts.ts';
import { bar, chart, legend } from './chart.ts';
import { durations } from './durations.ts';
import { h } from './element.ts';
import type { PageFacts } from './facts.ts';
import { momentText, section, tableOf } from './format.ts';
import { spansOf } from './job-phases.ts';
import { overTime } from './over-time.ts';
import { jobsTable, shownJobs, type TimedJob, timeline } from './timeline.ts';

/** The section of records and jobs over time; undefined if nothing was to be sent. */
export function outcomeSection(facts: PageFacts): VNode | undefined {
  const { attempts, outcome } = facts;
  if (attempts.length === 0) return undefined;
  const jobs = timedJobs(facts);
  const left = jobs.length - shownJobs(jobs).length;
  return section(
    'jobs',
    'Records and jobs',
    recordsBar(outcome.records),
    attemptsTable(facts),
    jobs.length === 0 ? undefined : h('h3', null, 'Jobs over time'),
    timeline(jobs),
    left > 0
      ? h('p', { class: 'muted' }, `${countText(left, 'more job')} of this run are in outcome.json.`)
      : undefined,
    overTime(jobs),
    durations(jobs),
    jobs.length === 0 ? undefined : jobsTable(jobs),
    jobs.length === 0 ? undefined : h('p', { class: 'muted' }, historyText),
  );
}

function timedJobs({ jobs, attempts, outcome }: PageFacts): TimedJob[] {
  return jobs.map((job) => {
    const plannedAt =
      attempts.find(({ attempt }) => attempt === job.attempt)?.plannedAt ??
      job.submittedAt ??
      new Date(0).toISOString();
    const name = attempts.length > 1 ? `Attempt ${job.attempt}, job ${job.number}` : `Job ${job.number}`;
    return { job, name, spans: spansOf(job, plannedAt, outcome.endedAt) };
  });
}

const historyText =
  'Times are UTC. States are from polls, every 30 seconds at first and every 10 minutes later, ' +
  "with Bedrock's own times where known.";

/** The records by outcome: parts of one bar. */
function recordsBar({ submitted, succeeded, failed, missing }: PageFacts['outcome']['records']): VNode | undefined {
  if (submitted === 0) return undefined;
  const parts = [
    ['succeeded', succeeded, 'answered'],
    ['failed', failed, 'failed'],
    ['missing', missing, 'missing: nothing came back'],
  ] as const;
  let at = 0;
  const bars = parts.map(([className, count, what]) => {
    const from = at / submitted;
    at += count;
    return bar(from, at / submitted, 0, 20, className, `${numberText(count)} ${what}`);
  });
  const description = parts.map(([, count, what]) => `${numberText(count)} ${what}`).join(', ');
  return h(
    'figure',
    null,
    legend(
      parts
        .filter(([, count]) => count > 0)
        .map(([className, count, what]) => [className, `${numberText(count)} ${what}`]),
    ),
    chart(20, `Of ${countText(submitted, 'record')}: ${description}.`, ...bars),
  );
}

/** Only if there was more than one attempt. */
function attemptsTable({ attempts, jobs }: PageFacts): VNode | undefined {
  if (attempts.length < 2) return undefined;
  const rows = attempts.map(({ attempt, records, layout, isFallback, plannedAt }) => {
    const ofAttempt = jobs.filter((job) => job.attempt === attempt);
    const succeeded = ofAttempt.reduce((sum, { collected }) => sum + (collected?.records.succeeded ?? 0), 0);
    const why =
      attempt === 1 ? 'all records' : isFallback ? 'again, from a folder of its own' : 'failures that may succeed';
    return [`Attempt ${attempt}`, why, momentText(plannedAt), layout, numberText(records), numberText(succeeded)];
  });
  const numbers = ['Records', 'Answered'].map((heading) => ({ heading, isNumber: true }));
  return tableOf(
    'Attempts',
    [...['Attempt', 'Sent', 'Planned', 'Layout'].map((heading) => ({ heading })), ...numbers],
    rows,
  );
}
