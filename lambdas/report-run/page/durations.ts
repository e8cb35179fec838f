import { scaleLinear } from 'd3-scale';
import type { VNode } from 'preact';
import { durationText } from '../../shared/text/amounts.ts';
import { bar, chart, label } from './chart.ts';
import { h } from './element.ts';
import { phaseNames, phases, timeIn } from './life-of-job.ts';
import type { LivedJob } from './timeline.ts';

const rowHeight = 38;

/** How long jobs were in each state: half of them at most so long, and the longest. Of a single job its own bar says it. */
export function durations(jobs: readonly LivedJob[]): VNode | undefined {
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
  const words = rows.map(({ phase }, at) => `${phases[phase].name}: ${texts[at]}`).join('; ');
  return h(
    'figure',
    null,
    h('figcaption', null, 'How long jobs were in each state'),
    chart(
      rows.length * rowHeight,
      `${words}.`,
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
    h('p', { class: 'muted' }, 'The strong bar is what half of the jobs stayed under, the pale one the longest.'),
  );
}
