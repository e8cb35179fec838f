/** A row of a manifest with its line, or what is wrong with it, in words that many rows can share. */
export type ManifestRow =
  | { line: number; key: string; columns: ReadonlyMap<string, string> }
  | { line: number; key: string; bad: string };

/** The longest row or line: a prompt can use far less. */
export const maxRowBytes = 1024 * 1024;

/** Makes a row of the columns that prompts use and that it has. */
export function rowOf(
  line: number,
  key: string | undefined,
  values: readonly (readonly [string, string | undefined])[],
): ManifestRow {
  if (key === undefined || key === '') return { line, key: '', bad: 'the row names no key' };
  const columns = new Map<string, string>();
  for (const [name, value] of values) if (value !== undefined) columns.set(name, value);
  return { line, key, columns };
}
