import Table from 'cli-table3';
import { plainText } from '../../lambdas/shared/text/plain-text.ts';
import { type Channel, colorsFor } from '../program/output.ts';
import type { Answer } from './question.ts';

/** The answers as a table, and where AWS differs from the local AWS. */
export function answersTable(answers: readonly Answer[], channel: Channel): string {
  const { red, green, yellow, bold } = colorsFor(channel);
  const head = ['', 'question', 'answer', 'the local AWS'].map(bold);
  const table = new Table({ head, colWidths: [3, 34, 50, 30], wordWrap: true, style: { head: [], border: [] } });
  for (const { number, asks, answer: said, isAnswered, assumed } of answers) {
    const answer = plainText(said);
    const compared = answer === assumed ? green('the same') : yellow(`differs: ${assumed}`);
    table.push([number, asks, isAnswered ? answer : red(`No answer: ${answer}`), isAnswered ? compared : assumed]);
  }
  return `${table.toString()}\n`;
}
