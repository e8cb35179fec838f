import { scaleUtc } from 'd3-scale';
import type { VNode } from 'preact';
import type { Job } from '../../shared/domain/job/job.ts';
import { countText, durationText, numberText } from '../../shared/text/amounts.ts';
import { bar, chart, label, legend, timeAxis } from './chart.ts';
import { h } from './element.ts';
import { foreign, momentText, tableOf } from './format.ts';
import { type Phase, phaseNames, phases, type Span, timeIn } from './job-phases.ts';

/** A job with its name on the page and its periods. */
export interface TimedJob {
  job: Job;
  name: string;
  spans: readonly Span[];
}

/** Jobs that are shown. */
const maxRows = 40;
const rowHeight = 38;

/** Returns the first jobs. */
export function shownJobs(jobs: readonly TimedJob[]): readonly TimedJob[] {
  return jobs.slice(0, maxRows);
}

/** Returns the first and the last time of the jobs; undefined if none is known. */
export function periodOf(jobs: readonly TimedJob[]): [from: number, to: number] | undefined {
  const spans = jobs.flatMap((job) => job.spans);
  const [first] = spans;
  if (first === undefined) return undefined;
  return [
    spans.reduce((least, { from }) => Math.min(least, from), first.from),
    spans.reduce((most, { to }) => Math.max(most, to), first.to),
  ];
}

/** A chart with a bar per job, in the colours of its phases. */
export function timeline(all: readonly TimedJob[]): VNode | undefined {
  const jobs = shownJobs(all);
  const period = periodOf(jobs);
  if (period === undefined) return undefined;
  const scale = scaleUtc(period, [0, 1]);
  const bottom = jobs.length * rowHeight;
  const seen = phaseNames.filter((phase) => jobs.some(({ spans }) => spans.some((span) => span.phase === phase)));
  const rows = jobs.flatMap(({ name, spans }, row) => {
    const y = row * rowHeight;
    const whole = durationText(spans.reduce((sum, { from, to }) => sum + to - from, 0));
    return [
      label(0, y + 13, name),
      label(1, y + 13, whole, 'end', 'label muted'),
      ...spans.map(({ phase, from, to }) =>
        bar(scale(from), scale(to), y + 19, 12, `phase ${phase}`, titleOf(name, phase, from, to)),
      ),
    ];
  });
  const description = `Phases of the jobs from ${momentText(period[0])} to ${momentText(period[1])}; the table below has the numbers.`;
  return h(
    'figure',
    null,
    legend(seen.map((phase) => [`phase ${phase}`, `${phases[phase].name}: ${phases[phase].means}`])),
    chart(bottom + 24, description, timeAxis(scale, 0, bottom), ...rows),
  );
}

function titleOf(name: string, phase: Phase, from: number, to: number): string {
  return `${name}: ${phases[phase].name}, ${momentText(from)} to ${momentText(to)} (${durationText(to - from)})`;
}

/** A table with the same times in numbers, and how each job ended. */
export function jobsTable(all: readonly TimedJob[]): VNode {
  const rows = shownJobs(all).map(({ job, name, spans }) => [
    h('span', null, name, h('br', null), h('code', null, foreign(job.jobName))),
    job.status,
    recordsText(job),
    ...([['root', 'slot'], ['queued'], ['running', 'stopping']] as const).map((wanted) =>
      timeText(timeIn(spans, ...wanted)),
    ),
    job.failure === undefined ? '' : foreign(job.failure.reason),
  ]);
  const columns = [
    ...[{ heading: 'Job' }, { heading: 'State' }, { heading: 'Records answered' }],
    ...['Waited', 'In the queue', 'Running'].map((heading) => ({ heading, isNumber: true })),
    { heading: 'Reason' },
  ];
  return tableOf('Jobs', columns, rows);
}

function recordsText({ collected, records, paddingRecords }: Job): string {
  const padding = paddingRecords > 0 ? `, and ${paddingRecords} of padding` : '';
  const { succeeded = 0, submitted = records } = collected?.records ?? {};
  return `${numberText(succeeded)} of ${countText(submitted, 'record')}${padding}`;
}

const timeText = (milliseconds: number): string => (milliseconds === 0 ? '–' : durationText(milliseconds));
