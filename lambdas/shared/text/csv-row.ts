import { stringify } from 'csv-stringify/sync';
import { truncateText } from './plain-text.ts';

/** A cell; undefined is an empty cell. */
export type Cell = string | number | undefined;

/**
 * Excel allows 32,767 characters a cell, and spills the rest over the cells below:
 * https://support.microsoft.com/en-us/office/excel-specifications-and-limits-1672b34d-7043-467e-8e27-269d656771c3
 */
export const maxCellLength = 32_000;

/**
 * The start of a formula inside a cell: a spreadsheet that splits at another character than the comma may begin a cell
 * there, one that ignores the quotes a row; it may drop quotes and spaces before it. csv-stringify checks the first
 * character only. https://owasp.org/www-community/attacks/CSV_Injection
 */
const hiddenFormula = /([\n\r\t;|])(?=[ "]*[=+\-@＝＋－＠])/g;
const leadingSpaceFormula = /^\s+(?=[=+\-@＝＋－＠])/;

/**
 * Returns a row of CSV for spreadsheets, without its line break. An apostrophe keeps text from becoming a formula;
 * numbers stay numbers; text is truncated at 32,000 characters.
 */
export function csvRow(cells: readonly Cell[]): string {
  const harmlessCells = cells.map((cell) => (typeof cell === 'string' ? harmless(cell) : cell));
  return stringify([harmlessCells], { escape_formulas: true, eof: false });
}

function harmless(text: string): string {
  // NUL ends the cell, or the rest of the file, for some readers.
  const readable = truncateText(text, maxCellLength).replaceAll('\0', '\uFFFD');
  const shown = truncateText(readable.replaceAll(hiddenFormula, "$1'"), maxCellLength);
  return leadingSpaceFormula.test(shown) ? `'${shown}` : shown;
}
