import Table from 'cli-table3';
import { plainText } from '../../../lambdas/shared/text/plain-text.ts';
import { type Channel, colorsFor } from '../../program/output.ts';

/** A line of a table that describes one thing. */
export type Row = [name: string, value: string];

/** A row, where there is something to say. */
export function optional(name: string, value: string | undefined): Row[] {
  return value === undefined ? [] : [[name, value]];
}

/** Rows in columns without any lines, the first column dim; with a head, that is dim instead. */
export function tableOf(rows: readonly (readonly string[])[], channel: Channel, head?: readonly string[]): string {
  const sides = { left: '', 'left-mid': '', right: '', 'right-mid': '', middle: '  ' };
  const lines = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '', mid: '', 'mid-mid': '', bottom: '' };
  const corners = { 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' };
  const plain = { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true };
  const table = new Table({ chars: { ...sides, ...lines, ...corners }, style: plain });
  const { dim } = colorsFor(channel);
  if (head) table.push(head.map(dim));
  // Reasons name keys, which are for others to choose, and a terminal obeys what it is sent.
  table.push(...rows.map((row) => row.map((cell, at) => (at === 0 && !head ? dim(cell) : plainText(cell)))));
  // cli-table3 fills every line up to the widest one.
  return `${table.toString().replaceAll(/[ \t]+$/gm, '')}\n`;
}
