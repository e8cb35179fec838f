/** A row of a manifest with its place, for people; or what is wrong with it, in words that many rows can share. */
export type ManifestRow =
  | { line: number; key: string; columns: ReadonlyMap<string, string> }
  | { line: number; key: string; bad: string };

/** Of a row, or line: what a prompt could take is far less. */
export const maxRowBytes = 1024 * 1024;

/** A row as it was read; of the columns that prompts use, those that it has. */
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
