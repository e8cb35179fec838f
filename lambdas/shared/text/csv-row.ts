import { stringify } from 'csv-stringify/sync';
import { truncateText } from './truncate.ts';

/** A cell; what is absent is empty. */
export type Cell = string | number | undefined;

/**
 * Excel takes 32,767 characters a cell, and spills the rest over the cells below:
 * https://support.microsoft.com/en-us/office/excel-specifications-and-limits-1672b34d-7043-467e-8e27-269d656771c3
 */
export const maxCellLength = 32_000;

/**
 * What begins a formula, where a spreadsheet that splits at another character than the comma may begin a cell, or one that does
 * not see the quotes a row; quotes and spaces before it may be dropped. csv-stringify looks at the very beginning only.
 * https://owasp.org/www-community/attacks/CSV_Injection
 */
const hiddenFormula = /([\n\r\t;|])(?=[ "]*[=+\-@＝＋－＠])/g;
const leadingSpaceFormula = /^\s+(?=[=+\-@＝＋－＠])/;

/**
 * A row of CSV for spreadsheets, without its line break. No text in it becomes a formula: an apostrophe stands before what would
 * begin one. Numbers stay numbers; text is truncated at 32,000 characters.
 */
export function csvRow(cells: readonly Cell[]): string {
  const harmlessCells = cells.map((cell) => (typeof cell === 'string' ? harmless(cell) : cell));
  return stringify([harmlessCells], { escape_formulas: true, eof: false });
}

function harmless(text: string): string {
  // NUL ends a text for some readers, and the rest of the file with it.
  const readable = truncateText(text, maxCellLength).replaceAll('\0', '\uFFFD');
  const shown = truncateText(readable.replaceAll(hiddenFormula, "$1'"), maxCellLength);
  return leadingSpaceFormula.test(shown) ? `'${shown}` : shown;
}
