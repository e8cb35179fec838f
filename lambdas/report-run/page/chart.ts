import type { ScaleTime } from 'd3-scale';
import type { VNode } from 'preact';
import { type Child, h } from './element.ts';

/** A length along the width of a chart, in percent: charts are as wide as the page, and their text keeps its size. */
export const percent = (share: number): string => `${Math.round(share * 100_000) / 1000}%`;

/** A chart with its height in pixels and a description for screen readers. */
export function chart(height: number, label: string, ...children: Child[]): VNode {
  return h('svg', { class: 'chart', width: '100%', height, role: 'img', 'aria-label': label }, ...children);
}

/** A bar with a title. */
export function bar(from: number, to: number, y: number, height: number, className: string, title: string): VNode {
  const position = { x: percent(from), y, width: percent(to - from), height };
  return h('rect', { ...position, class: className }, h('title', null, title));
}

export type Anchor = 'start' | 'middle' | 'end';

export function label(x: number, y: number, text: string, anchor: Anchor = 'start', className = 'label'): VNode {
  return h('text', { x: percent(x), y, 'text-anchor': anchor, class: className }, text);
}

const days = new Intl.DateTimeFormat('en-GB', { day: 'numeric', month: 'short', timeZone: 'UTC' });
const times = new Intl.DateTimeFormat('en-GB', { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' });
const seconds = new Intl.DateTimeFormat('en-GB', { timeStyle: 'medium', timeZone: 'UTC' });
const minuteMs = 60_000;
const dayMs = 86_400_000;

/** The time axis below a chart, from 0 to 1 along its width. */
export function timeAxis(scale: ScaleTime<number, number>, top: number, bottom: number): VNode {
  const [from = 0, to = 0] = scale.domain().map(Number);
  // Few, to fit on a phone.
  const ticks = scale.ticks(4).map(Number);
  const step = (ticks[1] ?? to) - (ticks[0] ?? from);
  const format = step >= dayMs ? days : step >= minuteMs ? times : seconds;
  return h(
    'g',
    { 'aria-hidden': 'true' },
    ...ticks.flatMap((at) => {
      const x = scale(at);
      const anchor = x < 0.05 ? 'start' : x > 0.95 ? 'end' : 'middle';
      const line = h('line', { x1: percent(x), x2: percent(x), y1: top, y2: bottom, class: 'grid' });
      // Midnight is labelled with the day.
      const text = (at % dayMs === 0 ? days : format).format(at);
      return [line, label(x, bottom + 16, text, anchor, 'label muted')];
    }),
  );
}

/** The legend of the colours of a chart. */
export function legend(entries: readonly (readonly [className: string, text: string])[]): VNode {
  return h(
    'ul',
    { class: 'legend' },
    ...entries.map(([className, text]) =>
      h(
        'li',
        null,
        h(
          'svg',
          { width: 12, height: 12, 'aria-hidden': 'true' },
          h('rect', { width: 12, height: 12, class: className }),
        ),
        text,
      ),
    ),
  );
}
