import Table from 'cli-table3';
import { plainText } from '../../../lambdas/shared/text/plain-text.ts';
import { type Channel, colorsFor } from '../../program/output.ts';

/** A line of a table that describes one thing. */
export type Row = [name: string, value: string];

/** A row, if there is a value. */
export function optional(name: string, value: string | undefined): Row[] {
  return value === undefined ? [] : [[name, value]];
}

/** Rows in columns without borders; the first column is dim, or the head if there is one. */
export function tableOf(rows: readonly (readonly string[])[], channel: Channel, head?: readonly string[]): string {
  const sides = { left: '', 'left-mid': '', right: '', 'right-mid': '', middle: '  ' };
  const lines = { top: '', 'top-mid': '', 'top-left': '', 'top-right': '', mid: '', 'mid-mid': '', bottom: '' };
  const corners = { 'bottom-mid': '', 'bottom-left': '', 'bottom-right': '' };
  const plain = { 'padding-left': 0, 'padding-right': 0, head: [], border: [], compact: true };
  const table = new Table({ chars: { ...sides, ...lines, ...corners }, style: plain });
  const { dim } = colorsFor(channel);
  if (head) table.push(head.map(dim));
  // Reasons contain keys, which others choose; their control characters must not reach the terminal.
  table.push(...rows.map((row) => row.map((cell, at) => (at === 0 && !head ? dim(cell) : plainText(cell)))));
  // cli-table3 pads every line to the widest one.
  return `${table.toString().replaceAll(/[ \t]+$/gm, '')}\n`;
}
