import { scaleLinear, scaleUtc } from 'd3-scale';
import type { VNode } from 'preact';
import { countText } from '../../shared/text/amounts.ts';
import { chart, label, legend, percent, timeAxis } from './chart.ts';
import { h } from './element.ts';
import { momentText, numberText } from './format.ts';
import { type Phase, phases } from './life-of-job.ts';
import { type LivedJob, periodOf } from './timeline.ts';

/** Steps along the time: as many as a wide screen has room for, however often jobs changed their states. */
const maxSteps = 400;
const top = 8;
const height = 150;

/** `ended` is what no phase has any more. */
type Layer = Phase | 'ended';
const layers: readonly Layer[] = ['ended', 'running', 'stopping', 'queued', 'slot', 'root', 'before'];

/** How many records were in which state at what time, one on top of the other. A single job's bar says as much. */
export function overTime(jobs: readonly LivedJob[]): VNode | undefined {
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
  const words = `Records by the state of their job, ${momentText(period[0])} to ${momentText(period[1])}, ${countText(total, 'record')} in all.`;
  const bottom = top + height;
  return h(
    'figure',
    null,
    h('figcaption', null, 'Records by the state of their job'),
    legend(seen.toReversed().map((layer) => [`phase ${layer}`, layer === 'ended' ? 'Over' : phases[layer].name])),
    chart(
      bottom + 24,
      words,
      h('svg', { x: 0, y: top, width: '100%', height, viewBox: '0 0 100 100', preserveAspectRatio: 'none' }, ...areas),
      timeAxis(x, top, bottom),
      ...y
        .ticks(3)
        .map((value) => label(0, top + (height * y(value)) / 100 - 3, numberText(value), 'start', 'label over')),
      h('line', { x1: 0, x2: percent(1), y1: bottom, y2: bottom, class: 'axis' }),
    ),
  );
}

function recordsAt(jobs: readonly LivedJob[], at: number): ReadonlyMap<Layer, number> {
  const counts = new Map<Layer, number>();
  for (const { job, spans } of jobs) {
    const [first] = spans;
    // A job of a later round is not there before it was planned.
    if (first === undefined || at < first.from) continue;
    const layer = spans.find(({ from, to }) => from <= at && at < to)?.phase ?? 'ended';
    counts.set(layer, (counts.get(layer) ?? 0) + job.records);
  }
  return counts;
}

/** Every time at which something changes; of too many, some. */
function timesOf(jobs: readonly LivedJob[], [from, to]: readonly [number, number]): number[] {
  const changes = new Set([from, to, ...jobs.flatMap(({ spans }) => spans.flatMap((span) => [span.from, span.to]))]);
  if (changes.size <= maxSteps) return [...changes].sort((one, other) => one - other);
  return Array.from({ length: maxSteps + 1 }, (_, step) => from + ((to - from) * step) / maxSteps);
}

/** Counts stay what they are until the next change, so that the outline is one of stairs. */
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
        `${round(xs[at] ?? 0)},${round(y(value))}`,
        `${round(xs[at + 1] ?? 100)},${round(y(value))}`,
      ]);
  return `M${[...stairs(above), ...stairs(below).toReversed()].join('L')}Z`;
}

const round = (value: number): number => Math.round(value * 100) / 100;
