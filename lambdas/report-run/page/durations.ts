import { scaleLinear } from 'd3-scale';
import type { VNode } from 'preact';
import { durationText } from '../../shared/text/amounts.ts';
import { bar, chart, label } from './chart.ts';
import { h } from './element.ts';
import { phaseNames, phases, timeIn } from './job-phases.ts';
import type { TimedJob } from './timeline.ts';

const rowHeight = 38;

/** A chart of the time that jobs spent in each state: the median and the longest; only for several jobs. */
export function durations(jobs: readonly TimedJob[]): VNode | undefined {
  if (jobs.length < 2) return undefined;
  const rows = phaseNames.flatMap((phase) => {
    const times = jobs.map(({ spans }) => timeIn(spans, phase)).sort((one, other) => one - other);
    const longest = times.at(-1) ?? 0;
    return longest > 0 ? [{ phase, median: times[Math.floor((times.length - 1) / 2)] ?? 0, longest }] : [];
  });
  if (rows.length === 0) return undefined;
  const x = scaleLinear([0, Math.max(...rows.map(({ longest }) => longest))], [0, 1]);
  const texts = rows.map(
    ({ median, longest }) => `half of the jobs at most ${durationText(median)}, the longest ${durationText(longest)}`,
  );
  const description = rows.map(({ phase }, at) => `${phases[phase].name}: ${texts[at]}`).join('; ');
  return h(
    'figure',
    null,
    h('figcaption', null, 'How long jobs were in each state'),
    chart(
      rows.length * rowHeight,
      `${description}.`,
      ...rows.flatMap(({ phase, median, longest }, at) => [
        label(0, at * rowHeight + 13, phases[phase].name),
        label(
          1,
          at * rowHeight + 13,
          `${durationText(median)}, at most ${durationText(longest)}`,
          'end',
          'label muted',
        ),
        bar(0, x(longest), at * rowHeight + 19, 12, 'track', `the longest: ${durationText(longest)}`),
        bar(
          0,
          x(median),
          at * rowHeight + 19,
          12,
          `phase ${phase}`,
          `half of the jobs: at most ${durationText(median)}`,
        ),
      ]),
    ),
    h('p', { class: 'muted' }, 'The strong bar is the median, the pale one the longest.'),
  );
}
