import { type Analysis, columnsIn, recordFingerprint } from '../../../shared/domain/analysis/analysis.ts';
import type { HashSet } from '../hash-set.ts';
import { type Ask, askedTwice, type SelectedRow } from '../selection.ts';

/** Characters of a hash that tell apart the questions about one media. */
const variantLength = 16;

/**
 * Says, row by row, what the analyses ask of its media: the same prompt once, and the same analysis with other values of its columns
 * under a name of its own. That follows from the values alone, so that no later run puts another answer in the place of this one.
 *
 * @param isNamedElsewhere whether the request reaches a media elsewhere too, where no prompt has columns
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
    // No key has a line feed beside a name of ours, so that no two of these texts are the same by chance.
    if (!seen.add(`${key}\n${analysis.name}\n${values}`)) return { skipped: askedTwice };
    return { columns: used, variant: values.slice(0, variantLength) };
  }
}
