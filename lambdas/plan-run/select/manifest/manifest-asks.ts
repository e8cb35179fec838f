import { type Analysis, columnsIn, recordFingerprint } from '../../../shared/domain/analysis/analysis.ts';
import type { HashSet } from '../hash-set.ts';
import { type Ask, askedTwice, type SelectedRow } from '../selection.ts';

/** Characters of the hash that tells the questions about one media apart. */
const variantLength = 16;

/**
 * Returns, row by row, what the analyses ask of its media. The same prompt is sent once. The same analysis with other
 * column values gets a variant name from these values, so a later run does not overwrite its answer.
 *
 * @param isNamedElsewhere whether the request also reaches a media by prefix or key, where prompts have no columns
 */
export function askerOf(analyses: readonly Analysis[], isNamedElsewhere: (key: string) => boolean, seen: HashSet) {
  const questions = analyses.map((analysis) => ({ analysis, names: columnsIn(analysis.prompt) }));

  return (key: string, columns: ReadonlyMap<string, string>): Omit<SelectedRow, 'line'> => {
    const isAgain = isNamedElsewhere(key) || !seen.add(key);
    const asks = new Map<string, Ask>();
    for (const { analysis, names } of questions) {
      if (names.length > 0) asks.set(analysis.name, askWithColumns(analysis, names, key, columns));
      else asks.set(analysis.name, isAgain ? { skipped: askedTwice } : {});
    }
    return { asks, isAgain };
  };

  function askWithColumns(
    analysis: Analysis,
    names: readonly string[],
    key: string,
    row: ReadonlyMap<string, string>,
  ): Ask {
    const used: Record<string, string> = {};
    for (const name of names) {
      const value = row.get(name);
      if (value === undefined) return { skipped: `the row has no ${JSON.stringify(name)} for the prompt` };
      used[name] = value;
    }
    const values = recordFingerprint({ fingerprint: '' }, { columns: used });
    // Analysis names have no line feed, so two of these texts are never equal by chance.
    if (!seen.add(`${key}\n${analysis.name}\n${values}`)) return { skipped: askedTwice };
    return { columns: used, variant: values.slice(0, variantLength) };
  }
}
