import type { VNode } from 'preact';
import { type Child, h } from './element.ts';

/** Created on demand: its language data takes longer to load than the rest of the function. */
let minutes: Intl.DateTimeFormat | undefined;

/** Formats a time to the minute, in UTC. */
export function momentText(at: string | number): string {
  minutes ??= new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'short', timeZone: 'UTC' });
  return `${minutes.format(new Date(at))} UTC`;
}

export function moment(at: string): VNode {
  return h('time', { dateTime: at }, momentText(at));
}

/** Isolates the direction of foreign text from the text around it. */
export function foreign(text: string): VNode {
  return h('bdi', null, text);
}

/** Joins items: `a, b and c`. */
export function listed(items: readonly Child[]): Child[] {
  return items.flatMap((item, at) => (at === 0 ? [item] : [at === items.length - 1 ? ' and ' : ', ', item]));
}

/** Formats a share in percent, never 0 or 100 if it is neither. */
export function percentText(part: number, whole: number): string {
  const percent = (100 * part) / whole;
  if (percent > 0 && percent < 0.1) return 'under 0.1 %';
  if (percent > 99.9 && percent < 100) return 'over 99.9 %';
  return `${Math.round(percent * 10) / 10} %`;
}

/** A section of the page with its heading. */
export function section(id: string, heading: string, ...children: Child[]): VNode {
  return h(
    'section',
    { id, 'aria-labelledby': `${id}-heading` },
    h('h2', { id: `${id}-heading` }, heading),
    ...children,
  );
}

/** A list of names and values; a name without a value is dropped. */
export function definitions(rows: readonly (readonly [name: string, value: Child])[]): VNode {
  const given = rows.filter(([, value]) => value !== undefined);
  return h('dl', null, ...given.map(([name, value]) => h('div', null, h('dt', null, name), h('dd', null, value))));
}

/** A column of a table, of text or of numbers. */
export interface Column {
  heading: string;
  isNumber?: boolean;
}

/** A table that scrolls if it is too wide; the first cell of a row is its heading. */
export function tableOf(caption: string, columns: readonly Column[], rows: readonly (readonly Child[])[]): VNode {
  const classOf = (at: number) => (columns[at]?.isNumber ? 'number' : undefined);
  const cellOf = (cell: Child, at: number) =>
    at === 0 ? h('th', { scope: 'row' }, cell) : h('td', { class: classOf(at) }, cell);
  const head = columns.map(({ heading }, at) => h('th', { scope: 'col', class: classOf(at) }, heading));
  return h(
    'div',
    { class: 'wide', tabIndex: 0, role: 'region', 'aria-label': caption },
    h(
      'table',
      null,
      h('caption', null, caption),
      h('thead', null, h('tr', null, ...head)),
      h('tbody', null, ...rows.map((row) => h('tr', null, ...row.map(cellOf)))),
    ),
  );
}
