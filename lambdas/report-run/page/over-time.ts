import { scaleLinear, scaleUtc } from 'd3-scale';
import type { VNode } from 'preact';
import { countText, numberText } from '../../shared/text/amounts.ts';
import { chart, label, legend, percent, timeAxis } from './chart.ts';
import { h } from './element.ts';
import { momentText } from './format.ts';
import { type Phase, phases } from './job-phases.ts';
import { periodOf, type TimedJob } from './timeline.ts';

/** Steps along the time axis, as many as fit on a wide screen. */
const maxSteps = 400;
const top = 8;
const height = 150;

/** `ended` is after the last phase. */
type Layer = Phase | 'ended';
const layers: readonly Layer[] = ['ended', 'running', 'stopping', 'queued', 'slot', 'root', 'before'];

/** A stacked chart of records by the state of their job; only for several jobs. */
export function overTime(jobs: readonly TimedJob[]): VNode | undefined {
  const period = periodOf(jobs);
  if (period === undefined || jobs.length < 2) return undefined;
  const x = scaleUtc(period, [0, 1]);
  const total = jobs.reduce((sum, { job }) => sum + job.records, 0);
  const y = scaleLinear([0, total], [100, 0]);
  const times = timesOf(jobs, period);
  const counts = times.map((at) => recordsAt(jobs, at));
  const seen = layers.filter((layer) => counts.some((count) => (count.get(layer) ?? 0) > 0));
  let floor = counts.map(() => 0);
  const areas = seen.map((layer) => {
    const below = floor;
    floor = below.map((sum, at) => sum + (counts[at]?.get(layer) ?? 0));
    return h('path', {
      d: areaOf(
        below,
        floor,
        times.map((at) => 100 * x(at)),
        y,
      ),
      class: `phase ${layer}`,
    });
  });
  const description = `Records by the state of their job, ${momentText(period[0])} to ${momentText(period[1])}, ${countText(total, 'record')} in all.`;
  const bottom = top + height;
  return h(
    'figure',
    null,
    h('figcaption', null, 'Records by the state of their job'),
    legend(seen.toReversed().map((layer) => [`phase ${layer}`, layer === 'ended' ? 'Over' : phases[layer].name])),
    chart(
      bottom + 24,
      description,
      h('svg', { x: 0, y: top, width: '100%', height, viewBox: '0 0 100 100', preserveAspectRatio: 'none' }, ...areas),
      timeAxis(x, top, bottom),
      ...y
        .ticks(3)
        .map((value) => label(0, top + (height * y(value)) / 100 - 3, numberText(value), 'start', 'label over')),
      h('line', { x1: 0, x2: percent(1), y1: bottom, y2: bottom, class: 'axis' }),
    ),
  );
}

function recordsAt(jobs: readonly TimedJob[], at: number): ReadonlyMap<Layer, number> {
  const counts = new Map<Layer, number>();
  for (const { job, spans } of jobs) {
    const [first] = spans;
    // A job of a later attempt does not exist before its plan.
    if (first === undefined || at < first.from) continue;
    const layer = spans.find(({ from, to }) => from <= at && at < to)?.phase ?? 'ended';
    counts.set(layer, (counts.get(layer) ?? 0) + job.records);
  }
  return counts;
}

/** Every time of a change; a selection of too many. */
function timesOf(jobs: readonly TimedJob[], [from, to]: readonly [number, number]): number[] {
  const changes = new Set([from, to, ...jobs.flatMap(({ spans }) => spans.flatMap((span) => [span.from, span.to]))]);
  if (changes.size <= maxSteps) return [...changes].sort((one, other) => one - other);
  return Array.from({ length: maxSteps + 1 }, (_, step) => from + ((to - from) * step) / maxSteps);
}

/** An outline of stairs, because counts stay the same until the next change. */
function areaOf(
  below: readonly number[],
  above: readonly number[],
  xs: readonly number[],
  y: (value: number) => number,
): string {
  const stairs = (values: readonly number[]) =>
    values
      .slice(0, -1)
      .flatMap((value, at) => [
        `${hundredths(xs[at] ?? 0)},${hundredths(y(value))}`,
        `${hundredths(xs[at + 1] ?? 100)},${hundredths(y(value))}`,
      ]);
  return `M${[...stairs(above), ...stairs(below).toReversed()].join('L')}Z`;
}

const hundredths = (value: number): number => Math.round(value * 100) / 100;
